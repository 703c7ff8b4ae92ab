# From fits to what may be said: the screen, comparisons, pooling, decisions, and what standard practice would say.


rule infer:
    input:
        plan=plan_for("infer"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        approximation="<results>/{study}/approximation.json",
        fits=fits,
        modes=modes,
        bootstrap="<results>/{study}/bootstrap.json",
        imputed=of_each_data_set(*(f"design/{name}" for name in DESIGN)),
        imputed_fits=fits_of_each_data_set,
    output:
        screen="<results>/{study}/screen.json",
        comparisons="<results>/{study}/comparisons.json",
        variance_tests="<results>/{study}/variance_tests.json",
        decisions="<results>/{study}/decisions.json",
        pooling="<results>/{study}/pooling.parquet",
    log:
        "<results>/{study}/logs/infer.log",
    benchmark:
        "<results>/{study}/benchmarks/infer.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.screen, parent=True),
        code=digests.code("infer"),
        versions=digests.versions("infer"),
        plan=plan_part("infer"),
    shell:
        "epiladder infer --results {params.results:q} 2>&1 | tee {log:q}"


rule standard_practice:
    input:
        plan=plan_for("standard_practice"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        fits=fits,
        imputed=of_each_data_set(*(f"design/{name}" for name in DESIGN)),
        imputed_fits=fits_of_each_data_set,
    output:
        practice="<results>/{study}/standard_practice.json",
    log:
        "<results>/{study}/logs/standard_practice.log",
    benchmark:
        "<results>/{study}/benchmarks/standard_practice.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.practice, parent=True),
        code=digests.code("standard_practice"),
        versions=digests.versions("standard_practice"),
        plan=plan_part("standard_practice"),
    shell:
        "epiladder standard-practice --results {params.results:q} 2>&1 | tee {log:q}"
