# Epidemiology's own measures of the rung that is read, with their intervals, and effects across levels.


rule measure:
    input:
        plan=plan_for("measure"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        approximation="<results>/{study}/approximation.json",
        fits=fits,
        modes=modes,
        decisions="<results>/{study}/decisions.json",
        bootstrap="<results>/{study}/bootstrap.json",
        replicates="<results>/{study}/replicates.parquet",
        profile="<results>/{study}/profile.json",
        imputed=of_each_data_set(*(f"design/{name}" for name in DESIGN)),
        imputed_fits=fits_of_each_data_set,
    output:
        measures="<results>/{study}/measures.json",
        reliability="<results>/{study}/reliability.parquet",
        cross_level="<results>/{study}/cross_level.json",
    log:
        "<results>/{study}/logs/measure.log",
    benchmark:
        "<results>/{study}/benchmarks/measure.tsv"
    threads: 1
    resources:
        mem_mb=memory,
    params:
        results=subpath(output.measures, parent=True),
        code=digests.code("measure"),
        versions=digests.versions("measure"),
        plan=plan_part("measure"),
    shell:
        "epiladder measure --results {params.results:q} 2>&1 | tee {log:q}"
