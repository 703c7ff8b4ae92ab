from snakemake.utils import min_version

min_version("9.27")


include: "workflow/Snakefile"


# An include never sets the default target, so it is said here.
rule default:
    default_target: True
    input:
        rules.all.input,
