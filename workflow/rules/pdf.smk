# The page for paper, of studies whose plan asks for it; made before the report, whose record vouches for its bytes.


rule pdf:
    input:
        read_by_the_report,
    output:
        pdf=report(
            "<reports>/{study}/report.pdf",
            caption="../captions/pdf.rst",
            category="{study}",
            labels={"study": "{study}", "what": "report as PDF"},
        ),
    log:
        "<results>/{study}/logs/pdf.log",
    benchmark:
        "<results>/{study}/benchmarks/pdf.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=results_folder,
        reports=subpath(output.pdf, parent=True),
        code=digests.code("pdf"),
        versions=digests.versions("pdf"),
        plan=plan_part("pdf"),
    shell:
        "epiladder pdf --results {params.results:q} --out {params.reports:q} 2>&1 | tee {log:q}"
