# What single clusters do to the answers, whether the models suit the data, and what pooling gains out of sample.


rule influence:
    input:
        plan=plan_for("influence"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        approximation="<results>/{study}/approximation.json",
        comparisons="<results>/{study}/comparisons.json",
        decisions="<results>/{study}/decisions.json",
        fits=fits,
        imputed=of_each_data_set(*(f"design/{name}" for name in DESIGN)),
        imputed_fits=fits_of_each_data_set,
    output:
        influence="<results>/{study}/influence.json",
        table="<results>/{study}/influence.parquet",
    log:
        "<results>/{study}/logs/influence.log",
    benchmark:
        "<results>/{study}/benchmarks/influence.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.influence, parent=True),
        code=digests.code("influence"),
        versions=digests.versions("influence"),
        plan=plan_part("influence"),
    shell:
        "epiladder influence --results {params.results:q} 2>&1 | tee {log:q}"


rule diagnose:
    input:
        plan=plan_for("diagnose"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        approximation="<results>/{study}/approximation.json",
        decisions="<results>/{study}/decisions.json",
        fits=fits,
        imputed=of_each_data_set(*(f"design/{name}" for name in DESIGN)),
        imputed_fits=fits_of_each_data_set,
    output:
        diagnostics="<results>/{study}/diagnostics.json",
        pooling="<results>/{study}/pooling_cv.json",
    log:
        "<results>/{study}/logs/diagnose.log",
    benchmark:
        "<results>/{study}/benchmarks/diagnose.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.pooling, parent=True),
        code=digests.code("diagnose"),
        versions=digests.versions("diagnose"),
        plan=plan_part("diagnose"),
    shell:
        "epiladder diagnose --results {params.results:q} 2>&1 | tee {log:q}"
