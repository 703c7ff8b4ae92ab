# What lies at an address comes here once for all studies that read it, and is kept under the digest that they pin.


def at_its_address(wildcards):
    return storage(ADDRESSES[f"{RESULTS / addresses.KEPT}/{wildcards.sha256}/{wildcards.name}"])


# A copy that is there stays there when the address holds something else by now: the job says so, and fails.
rule fetch:
    input:
        brought=at_its_address,
    output:
        kept=update("<results>/kept_inputs/{sha256}/{name}"),
    log:
        "<results>/kept_inputs/{sha256}/logs/{name}.log",
    benchmark:
        "<results>/kept_inputs/{sha256}/benchmarks/{name}.tsv"
    wildcard_constraints:
        sha256="[0-9a-f]{64}",
        name="[^/]+",
    threads: 1
    resources:
        mem_mb=600,
        runtime=60,
    params:
        results=subpath(output.kept, parent=True),
        address=lambda wildcards, output: ADDRESSES[output.kept],
        code=digests.code_of(digests.FETCH),
    shell:
        "epiladder fetch {input.brought:q} --address {params.address:q} --sha256 {wildcards.sha256} "
        "--results {params.results:q} 2>&1 | tee {log:q}"
