# Of studies that impute: completed data sets, a ladder fitted on each, and their pooling. A job for each data set holds
# all rungs, for a small study would otherwise wait for hundreds of jobs to start.


rule impute:
    input:
        plan=plan_for("impute"),
        rows="<results>/{study}/data/rows.parquet",
        passed="<results>/{study}/data/passed.json",
    output:
        rows="<results>/{study}/imputed/{imputation}/rows.parquet",
        chain="<results>/{study}/imputed/{imputation}/chain.json",
        design="<results>/{study}/imputed/{imputation}/design/design.json",
        columns="<results>/{study}/imputed/{imputation}/design/columns.parquet",
        crossproducts="<results>/{study}/imputed/{imputation}/design/crossproducts.parquet",
    log:
        "<results>/{study}/logs/impute.{imputation}.log",
    benchmark:
        "<results>/{study}/benchmarks/impute.{imputation}.tsv"
    wildcard_constraints:
        study=one_of(IMPUTED),
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(input.passed, ancestor=2),
        code=digests.code("impute"),
        versions=digests.versions("impute"),
        plan=plan_part("impute"),
    shell:
        "epiladder impute --results {params.results:q} --imputation {wildcards.imputation} 2>&1 | tee {log:q}"


# The study's design is what the data sets have in common; the approximation is chosen on it, once for all of them.
rule gather:
    input:
        plan=plan_for("gather"),
        accounting="<results>/{study}/data/accounting.json",
        chains=of_each_data_set("chain.json"),
        designs=of_each_data_set(*(f"design/{name}" for name in DESIGN)),
    output:
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        record="<results>/{study}/imputation.json",
    log:
        "<results>/{study}/logs/gather.log",
    benchmark:
        "<results>/{study}/benchmarks/gather.tsv"
    wildcard_constraints:
        study=one_of(IMPUTED),
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.record, parent=True),
        code=digests.code("gather"),
        versions=digests.versions("gather"),
        plan=plan_part("gather"),
    shell:
        "epiladder gather --results {params.results:q} 2>&1 | tee {log:q}"


# Outputs are named by rung, and each study has rungs of its own: so each has rules of its own.
for imputed_study in IMPUTED:

    rule:
        name:
            f"fit_imputed_{imputed_study.replace('-', '_')}"
        input:
            plan=plan_for("fit_imputed"),
            design="<results>/{study}/imputed/{imputation}/design/design.json",
            columns="<results>/{study}/imputed/{imputation}/design/columns.parquet",
            crossproducts="<results>/{study}/imputed/{imputation}/design/crossproducts.parquet",
            approximation="<results>/{study}/approximation.json",
        output:
            expand(
                "<results>/{study}/fits/{rung}/{imputation}{kind}",
                rung=STUDIES[imputed_study].rungs,
                kind=KINDS,
                allow_missing=True,
            ),
        log:
            "<results>/{study}/logs/fit-imputed.{imputation}.log",
        benchmark:
            "<results>/{study}/benchmarks/fit-imputed.{imputation}.tsv"
        wildcard_constraints:
            study=re.escape(imputed_study),
        threads: 1
        resources:
            mem_mb=memory,
            runtime=minutes,
        params:
            results=subpath(input.approximation, parent=True),
            code=digests.code("fit_imputed"),
            versions=digests.versions("fit_imputed"),
            plan=plan_part("fit_imputed"),
        shell:
            "epiladder fit-imputed --results {params.results:q} --imputation {wildcards.imputation} 2>&1 | tee {log:q}"

    rule:
        name:
            f"pool_{imputed_study.replace('-', '_')}"
        input:
            plan=plan_for("pool"),
            design="<results>/{study}/design/design.json",
            fits=expand(
                "<results>/{study}/fits/{rung}/{imputation}{kind}",
                rung=STUDIES[imputed_study].rungs,
                imputation=STUDIES[imputed_study].imputations,
                kind=KINDS,
                allow_missing=True,
            ),
        output:
            expand(
                "<results>/{study}/fits/{rung}{kind}",
                rung=STUDIES[imputed_study].rungs,
                kind=KINDS,
                allow_missing=True,
            ),
        log:
            "<results>/{study}/logs/pool.log",
        benchmark:
            "<results>/{study}/benchmarks/pool.tsv"
        wildcard_constraints:
            study=re.escape(imputed_study),
        threads: 1
        resources:
            mem_mb=memory,
            runtime=minutes,
        params:
            results=subpath(input.design, ancestor=2),
            code=digests.code("pool"),
            versions=digests.versions("pool"),
            plan=plan_part("pool"),
        shell:
            "epiladder pool --results {params.results:q} 2>&1 | tee {log:q}"
