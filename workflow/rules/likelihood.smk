# Beside Wald's tests and intervals: likelihood ratios of terms and profile intervals of the rung that is read.


rule likelihood:
    input:
        plan=plan_for("likelihood"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        approximation="<results>/{study}/approximation.json",
        decisions="<results>/{study}/decisions.json",
        fits=fits,
    output:
        terms="<results>/{study}/terms.json",
        profile="<results>/{study}/profile.json",
    log:
        "<results>/{study}/logs/likelihood.log",
    benchmark:
        "<results>/{study}/benchmarks/likelihood.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.terms, parent=True),
        code=digests.code("likelihood"),
        versions=digests.versions("likelihood"),
        plan=plan_part("likelihood"),
    shell:
        "epiladder likelihood --results {params.results:q} 2>&1 | tee {log:q}"
