# What was run, on what, with what: the provenance that the report prints, the manifest that hashes the report.


rule provenance:
    input:
        study=study_file,
        plan="<results>/{study}/plan.json",
        data=data_files,
        passed="<results>/{study}/data/passed.json",
        lock=lock_file,
    output:
        provenance="<results>/{study}/provenance.json",
        deviations="<results>/{study}/deviations.json",
    log:
        "<results>/{study}/logs/provenance.log",
    benchmark:
        "<results>/{study}/benchmarks/provenance.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.provenance, parent=True),
        code=digests.code("provenance"),
        versions=digests.versions("provenance"),
        plan=plan_part("provenance"),
    shell:
        "epiladder provenance {input.study:q} --results {params.results:q} 2>&1 | tee {log:q}"


# What is compared, when there is no baseline, is nothing: the result says so.
rule changes:
    input:
        plan="<results>/{study}/plan.json",
        provenance="<results>/{study}/provenance.json",
        accounting="<results>/{study}/data/accounting.json",
        description="<results>/{study}/data/description.json",
        rows="<results>/{study}/data/rows.parquet",
        design="<results>/{study}/design/design.json",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        fits=fits,
        screen="<results>/{study}/screen.json",
        decisions="<results>/{study}/decisions.json",
        baseline=baseline_files,
    output:
        changes="<results>/{study}/changes.json",
    log:
        "<results>/{study}/logs/changes.log",
    benchmark:
        "<results>/{study}/benchmarks/changes.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.changes, parent=True),
        code=digests.code("changes"),
        versions=digests.versions("changes"),
        plan=plan_part("changes"),
        baseline=baseline_flag,
    shell:
        "epiladder changes --results {params.results:q} {params.baseline:q} 2>&1 | tee {log:q}"


rule manifest:
    input:
        study=study_file,
        plan="<results>/{study}/plan.json",
        provenance="<results>/{study}/provenance.json",
        html="<reports>/{study}/report.html",
        markdown="<reports>/{study}/report.md",
        tables="<reports>/{study}/tables",
        figures="<reports>/{study}/figures",
        pdf=printed,
    output:
        manifest="<results>/{study}/manifest.json",
    log:
        "<results>/{study}/logs/manifest.log",
    benchmark:
        "<results>/{study}/benchmarks/manifest.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.manifest, parent=True),
        reports=subpath(input.html, parent=True),
        code=digests.code("manifest"),
        versions=digests.versions("manifest"),
        plan=plan_part("manifest"),
    shell:
        "epiladder manifest {input.study:q} --results {params.results:q} --reports {params.reports:q} 2>&1 | tee {log:q}"
