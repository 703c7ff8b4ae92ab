# From results to pages that may leave the house.


rule report:
    input:
        plan="<results>/{study}/plan.json",
        validation="<results>/{study}/validation.json",
        accounting="<results>/{study}/data/accounting.json",
        description="<results>/{study}/data/description.json",
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        fits=fits,
        modes=modes,
        screen="<results>/{study}/screen.json",
        comparisons="<results>/{study}/comparisons.json",
        bootstrap="<results>/{study}/bootstrap.json",
        variance_tests="<results>/{study}/variance_tests.json",
        decisions="<results>/{study}/decisions.json",
        pooling="<results>/{study}/pooling.parquet",
        practice="<results>/{study}/standard_practice.json",
        terms="<results>/{study}/terms.json",
        profile="<results>/{study}/profile.json",
        measures="<results>/{study}/measures.json",
        cross_level="<results>/{study}/cross_level.json",
        provenance="<results>/{study}/provenance.json",
        influence="<results>/{study}/influence.json",
        diagnostics="<results>/{study}/diagnostics.json",
        pooling_cv="<results>/{study}/pooling_cv.json",
        deviations="<results>/{study}/deviations.json",
        changes="<results>/{study}/changes.json",
        imputation=imputation_record,
        pdf=printed,
    output:
        html=report(
            "<reports>/{study}/report.html",
            caption="../captions/report.rst",
            category="{study}",
            labels={"study": "{study}", "what": "report"},
        ),
        markdown="<reports>/{study}/report.md",
        tables=report(
            directory("<reports>/{study}/tables"),
            patterns=["{name}.csv"],
            caption="../captions/table.rst",
            category="{study}",
            subcategory="Tables",
            labels={"study": "{study}", "what": "table {name}"},
        ),
        figures=report(
            directory("<reports>/{study}/figures"),
            patterns=["{name}.svg"],
            caption="../captions/figure.rst",
            category="{study}",
            subcategory="Figures",
            labels={"study": "{study}", "what": "figure {name}"},
        ),
        release="<reports>/{study}/RELEASE.json",
    log:
        "<results>/{study}/logs/report.log",
    benchmark:
        "<results>/{study}/benchmarks/report.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(input.plan, parent=True),
        reports=subpath(output.html, parent=True),
        code=digests.code("report"),
        versions=digests.versions("report"),
        plan=plan_part("report"),
    shell:
        "epiladder report --results {params.results:q} --out {params.reports:q} 2>&1 | tee {log:q}"
