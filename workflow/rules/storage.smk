# What lies at an address comes here once for all studies that read it, and is kept under the digest that they pin.


# A copy that is there stays there when the address holds something else by now: the job says so, and fails.
rule fetch:
    input:
        brought=at_its_address,
    output:
        kept=update("<results>/kept_inputs/{kept}"),
    log:
        "<results>/kept_inputs/{kept}.log",
    benchmark:
        "<results>/kept_inputs/{kept}.tsv"
    wildcard_constraints:
        kept=one_of(COPIES),
    threads: 1
    resources:
        mem_mb=600,
        runtime=60,
    params:
        results=subpath(output.kept, parent=True),
        address=lambda wildcards: COPIES[wildcards.kept].address,
        sha256=lambda wildcards: COPIES[wildcards.kept].sha256,
        code=digests.code_of(digests.FETCH),
    shell:
        "epiladder fetch {input.brought:q} --address {params.address:q} --sha256 {params.sha256} "
        "--results {params.results:q} 2>&1 | tee {log:q}"
