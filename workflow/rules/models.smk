# From rows to a ladder of fitted models. Nothing after the design depends on the number of rows.


rule design:
    input:
        plan=plan_for("design"),
        rows="<results>/{study}/data/rows.parquet",
        passed="<results>/{study}/data/passed.json",
    output:
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
    log:
        "<results>/{study}/logs/design.log",
    benchmark:
        "<results>/{study}/benchmarks/design.tsv"
    wildcard_constraints:
        study=one_of(COMPLETE),
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.design, ancestor=2),
        code=digests.code("design"),
        versions=digests.versions("design"),
        plan=plan_part("design"),
    shell:
        "epiladder design --results {params.results:q} 2>&1 | tee {log:q}"


# How the likelihood is computed is chosen once for a study, by what its largest rung can have.
rule approximate:
    input:
        plan=plan_for("approximate"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
    output:
        approximation="<results>/{study}/approximation.json",
    log:
        "<results>/{study}/logs/approximate.log",
    benchmark:
        "<results>/{study}/benchmarks/approximate.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.approximation, parent=True),
        code=digests.code("approximate"),
        versions=digests.versions("approximate"),
        plan=plan_part("approximate"),
    shell:
        "epiladder approximate --results {params.results:q} 2>&1 | tee {log:q}"


# One job for each rung; a rung that cannot be fitted is a result that says so.
rule fit:
    input:
        plan=plan_for("fit"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        approximation="<results>/{study}/approximation.json",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
    output:
        fit="<results>/{study}/fits/{rung}.json",
        modes="<results>/{study}/fits/{rung}.modes.parquet",
    log:
        "<results>/{study}/logs/fit.{rung}.log",
    benchmark:
        "<results>/{study}/benchmarks/fit.{rung}.tsv"
    wildcard_constraints:
        study=one_of(COMPLETE),
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.fit, ancestor=2),
        code=digests.code("fit"),
        versions=digests.versions("fit"),
        plan=plan_part("fit"),
    shell:
        "epiladder fit --results {params.results:q} --rung {wildcards.rung} 2>&1 | tee {log:q}"
