# The parametric bootstrap. Of a Gaussian outcome cross-products are drawn directly, which costs next to nothing but where
# the table is large and clusters may be very many; of others each replicate fits all rows anew. Where it costs, chunks of
# replicates are jobs. Seeds go by replicate, not by chunk.


rule resample:
    input:
        plan=plan_for("resample"),
        design="<results>/{study}/design/design.json",
        columns="<results>/{study}/design/columns.parquet",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        approximation="<results>/{study}/approximation.json",
        fits=fits,
    output:
        chunk="<results>/{study}/bootstrap/{chunk}.parquet",
    log:
        "<results>/{study}/logs/resample.{chunk}.log",
    benchmark:
        "<results>/{study}/benchmarks/resample.{chunk}.tsv"
    threads: 1
    resources:
        mem_mb=memory,
    params:
        results=subpath(input.approximation, parent=True),
        number=number_of_chunks,
        code=digests.code("resample"),
        versions=digests.versions("resample"),
        plan=plan_part("resample"),
    shell:
        "epiladder resample --results {params.results:q} --chunk {wildcards.chunk} --of {params.number} 2>&1 | tee {log:q}"


rule bootstrap:
    input:
        plan=plan_for("bootstrap"),
        design="<results>/{study}/design/design.json",
        crossproducts="<results>/{study}/design/crossproducts.parquet",
        fits=fits,
        chunks=chunks_of_replicates,
    output:
        bootstrap="<results>/{study}/bootstrap.json",
        replicates="<results>/{study}/replicates.parquet",
    log:
        "<results>/{study}/logs/bootstrap.log",
    benchmark:
        "<results>/{study}/benchmarks/bootstrap.tsv"
    threads: 1
    resources:
        mem_mb=memory,
    params:
        results=subpath(output.bootstrap, parent=True),
        number=number_of_chunks,
        code=digests.code("bootstrap"),
        versions=digests.versions("bootstrap"),
        plan=plan_part("bootstrap"),
    shell:
        "epiladder bootstrap --results {params.results:q} --chunks {params.number} 2>&1 | tee {log:q}"
