# The front door of a run of many studies.


rule index:
    input:
        reports=expand("<reports>/{study}/report.html", study=STUDIES),
        manifests=expand("<results>/{study}/manifest.json", study=STUDIES),
    output:
        html=report("<reports>/index.html", caption="../captions/index.rst", category="All studies"),
        markdown="<reports>/index.md",
        release="<reports>/RELEASE.json",
        record="<results>/index.json",
    log:
        "<results>/index.log",
    benchmark:
        "<results>/index.tsv"
    threads: 1
    resources:
        mem_mb=600,
        runtime=10,
    params:
        results=[str(RESULTS / study) for study in STUDIES],
        reports=subpath(output.html, parent=True),
        code=digests.code("report"),
        versions=digests.versions("report"),
    shell:
        "epiladder index {params.results:q} --out {params.reports:q} 2>&1 | tee {log:q}"
