# What was run, on what, with what: the provenance that the report prints, the manifest that hashes the report.


rule provenance:
    input:
        study=study_file,
        plan="<results>/{study}/plan.json",
        data=data_files,
        passed="<results>/{study}/data/passed.json",
    output:
        provenance="<results>/{study}/provenance.json",
    log:
        "<results>/{study}/logs/provenance.log",
    benchmark:
        "<results>/{study}/benchmarks/provenance.tsv"
    threads: 1
    resources:
        mem_mb=memory,
    params:
        results=subpath(output.provenance, parent=True),
        code=digests.code("provenance"),
        versions=digests.versions("provenance"),
        plan=plan_part("provenance"),
    shell:
        "epiladder provenance {input.study:q} --results {params.results:q} 2>&1 | tee {log:q}"


rule manifest:
    input:
        study=study_file,
        plan="<results>/{study}/plan.json",
        provenance="<results>/{study}/provenance.json",
        html="<reports>/{study}/report.html",
        markdown="<reports>/{study}/report.md",
        tables="<reports>/{study}/tables",
        figures="<reports>/{study}/figures",
    output:
        manifest="<results>/{study}/manifest.json",
    log:
        "<results>/{study}/logs/manifest.log",
    benchmark:
        "<results>/{study}/benchmarks/manifest.tsv"
    threads: 1
    resources:
        mem_mb=memory,
    params:
        results=subpath(output.manifest, parent=True),
        reports=subpath(input.html, parent=True),
        code=digests.code("manifest"),
        versions=digests.versions("manifest"),
        plan=plan_part("manifest"),
    shell:
        "epiladder manifest {input.study:q} --results {params.results:q} --reports {params.reports:q} 2>&1 | tee {log:q}"
