"""Study files with one fault each."""

from broken import COVARIATES, WARD, BrokenPlan

EXPERIENCE = "experience: {type: number, level: nurse, centre: cluster_mean, means: true}"

DATA = "path: nurses.csv"
NOTE, STRESS = "note:       {type: text}", "stress:     {type: number"
DAY = "note: {type: date, %}"
MALE = "categories: [male, female]"

PLANS = (
    BrokenPlan("unknown key at the top", "question:", "qestion:", ("qestion", "no such key", "`question`")),
    BrokenPlan(
        "unknown key of a variable", "centre: grand_mean", "center: grand_mean", ("variables.age.center", "`centre`")
    ),
    BrokenPlan("unknown key with no like", "title:", "zzz:", ("zzz: there is no such key; the keys here are `id`",)),
    BrokenPlan("no id", "id: nurse-stress\n", "", ("id: is missing",)),
    BrokenPlan("id with capitals", "id: nurse-stress", "id: Nurse", ("id: may hold only small letters", "'Nurse'")),
    BrokenPlan("no outcome", "outcome: {variable: stress, family: gaussian}\n", "", ("outcome: is missing",)),
    BrokenPlan(
        "product as a term", "[[training, size]]", '["training:size"]', ("list of its own: write `[[training, size]]`",)
    ),
    BrokenPlan("no variables", "variables:\n", "variables_:\n", ("variables_: there is no such key", "`variables`")),
    BrokenPlan("duplicate key", "title:", "id: other\ntitle:", ("id: this key stands twice (first on line 1)",)),
    BrokenPlan("tab as indentation", "  path:", "\tpath:", (":5:", "indent with spaces")),
    BrokenPlan("open bracket", "[male, female]", "[male, female", (":16:", "cannot be read as YAML")),
    BrokenPlan("indented too far", "  missing: complete_case", "    missing: complete_case", (":6:", "YAML")),
    BrokenPlan("word for a number", "min: 18", "min: eighteen", ("variables.age.min: must be a number", "'eighteen'")),
    BrokenPlan("yes for true", "means: true", "means: yes", ("there is no level `yes`",)),
    BrokenPlan("not a type", "type: integer", "type: interger", ("must be one of number, integer", "`integer`")),
    BrokenPlan("not a centring", "grand_mean}", "grandmean}", ("variables.age.centre", "did you mean `grand_mean`?")),
    BrokenPlan("min above max", "min: 18, max: 80", "min: 80, max: 18", ("`min` 80 is larger than `max` 18",)),
    BrokenPlan("category without categories", ", categories: [male, female]", "", ("gender: a category needs",)),
    BrokenPlan("one category", "[male, female]", "[male]", ("names `male` alone",)),
    BrokenPlan("category twice", "[male, female]", "[male, female, male]", ("names `male` twice",)),
    BrokenPlan(
        "categories of a number",
        "level: nurse, centre: grand_mean",
        "categories: [a, b]",
        ("belong to `type: category`",),
    ),
    BrokenPlan(
        "range of a category", "[male, female], level", "[male, female], min: 1, level", ("belongs to numbers",)
    ),
    BrokenPlan(
        "code is a category",
        "female], level",
        "female], missing_codes: [male], level",
        ("`male` cannot be a category and",),
    ),
    BrokenPlan(
        "unknown level of a variable", "level: ward}", "level: wrad}", ("no level `wrad`", "did you mean `ward`?")
    ),
    BrokenPlan(
        "centred category", "female], level: nurse", "female], centre: grand_mean", ("only numbers can be centred",)
    ),
    BrokenPlan(
        "cluster mean of a cluster variable", EXPERIENCE, EXPERIENCE.replace("nurse", "ward"), ("use `grand_mean`",)
    ),
    BrokenPlan(
        "means without cluster mean", "centre: grand_mean}", "centre: grand_mean, means: true}", ("means come with",)
    ),
    BrokenPlan("means of no level", "means: true", "means: [clinic]", ("no level `clinic`", "`hospital`, `ward`")),
    BrokenPlan(
        "unknown outcome", "variable: stress", "variable: strss", ("`strss` is not among `variables`", "`stress`")
    ),
    BrokenPlan("centred outcome", "label: Job stress", "centre: grand_mean", ("the outcome is not centred",)),
    BrokenPlan("outcome of a cluster", "label: Job stress", "level: ward", ("outcome must be of the unit's level",)),
    BrokenPlan("outcome is text", "variable: stress", "variable: note", ("not text",)),
    BrokenPlan("outcome explains itself", COVARIATES, "[stress, training, size]", ("`stress` is the outcome",)),
    BrokenPlan("no family", "gaussian", "gausian", ("no family `gausian`", "did you mean `gaussian`?")),
    BrokenPlan("no link", "gaussian}", "gaussian, link: logit}", ("has no link `logit`",)),
    BrokenPlan(
        "event of a gaussian",
        "gaussian}",
        "gaussian, event: 1}",
        ("outcome.event: belongs to the family `binomial`", "mend `family`"),
    ),
    BrokenPlan("no format", "nurses.csv", "nurses.xlsx", ("must end in .csv, .tsv", "sas7bdat or .xpt")),
    BrokenPlan("no files and no query", DATA, "source: a registry", ("must name a file, a pattern",)),
    BrokenPlan("delimiter of two signs", DATA, f"{DATA}\n  delimiter: '::'", ("must be one plain sign",)),
    BrokenPlan("encoding that is none", DATA, f"{DATA}\n  encoding: latin-11", ("there is no encoding `latin-11`",)),
    BrokenPlan("delimiter of a typed file", DATA, "path: nurses.parquet\n  delimiter: ';'", ("belongs to text files",)),
    BrokenPlan("query without a database", DATA, f"{DATA}\n  query: SELECT 1", ("is asked of a database",)),
    BrokenPlan("database without a query", DATA, "database: 'sqlite:///a.db'", ("the SELECT whose rows",)),
    BrokenPlan("database that is no URL", DATA, "database: a.db\n  query: SELECT 1", ("must be a URL",)),
    BrokenPlan(
        "files and a database",
        DATA,
        f"{DATA}\n  database: 'sqlite:///a.db'\n  query: SELECT 1",
        ("from files or from a query, not both",),
    ),
    BrokenPlan(
        "password in the study file",
        DATA,
        "database: 'postgresql+psycopg://me:secret@host/registry'\n  query: SELECT 1",
        ("holds a password", "${PGPASSWORD}"),
    ),
    BrokenPlan("format of a number", STRESS, f"{STRESS}, format: DD/MM/YYYY", ("format: belongs to `type: date`",)),
    BrokenPlan("format of no date", NOTE, DAY.replace("%", "format: DD/MM"), ("names no whole date",)),
    BrokenPlan("day that is none", NOTE, DAY.replace("%", "earliest: 2024-02-30"), ("must be a date such as",)),
    BrokenPlan(
        "days exchanged", NOTE, DAY.replace("%", "earliest: 2024-02-01, latest: 2023-01-01"), ("is after `latest`",)
    ),
    BrokenPlan("range of a date", NOTE, DAY.replace("%", "min: 3"), ("write `earliest` and `latest`",)),
    BrokenPlan("after nothing", NOTE, DAY.replace("%", "after: nte"), ("there is no variable `nte`",)),
    BrokenPlan("after itself", NOTE, DAY.replace("%", "after: note"), ("cannot come after itself",)),
    BrokenPlan("after a number", NOTE, DAY.replace("%", "after: stress"), ("is no date but `type: number`",)),
    BrokenPlan("pattern that is none", NOTE, "note: {type: text, pattern: '[A'}", ("is no pattern",)),
    BrokenPlan("recoded to no category", MALE, f"{MALE}, recode: {{m: man}}", ("gender.recode.m: `man` is none of",)),
    BrokenPlan(
        "recoded and missing", MALE, f"{MALE}, recode: {{m: male}}, missing_codes: [m]", ("recoded and mean missing",)
    ),
    BrokenPlan(
        "required by nothing", NOTE, "note: {type: text, required_if: {gendr: male}}", ("no other variable `gendr`",)
    ),
    BrokenPlan(
        "required by no category", NOTE, "note: {type: text, required_if: {gender: man}}", ("`man` is none of",)
    ),
    BrokenPlan("required by no number", NOTE, "note: {type: text, required_if: {age: old}}", ("`age` is a number",)),
    BrokenPlan("file named twice", "nurses.csv", "[nurses.csv, nurses.csv]", ("is named twice",)),
    BrokenPlan("level twice", WARD, "hospital", ("two levels are called `hospital`",), False),
    BrokenPlan("one column, two levels", WARD, "{name: ward, id: hospital}", ("`hospital` identifies two levels",)),
    BrokenPlan(
        "unique within itself", "unique_within: hospital", "unique_within: ward", ("`ward` is no level outside",)
    ),
    BrokenPlan("unit is a level", "name: nurse,", "name: ward,", ("`ward` is the unit",), False),
    BrokenPlan("unit id is a level's", "id: nurse_id", "id: hospital", ("`hospital` identifies a level",)),
    BrokenPlan(
        "unit unique within nothing", "id: nurse_id", "id: nurse_id, unique_within: clinic", ("no level `clinic`",)
    ),
    BrokenPlan("level id as covariate", COVARIATES, "[training, size, hospital]", ("identifies the level `hospital`",)),
    BrokenPlan(
        "unknown covariate", COVARIATES, "[trainin, size]", ("no variable `trainin`", "did you mean `training`?")
    ),
    BrokenPlan("text as covariate", COVARIATES, "[training, size, note]", ("`note` is of `type: text`",)),
    BrokenPlan("covariate twice", COVARIATES, "[training, size, age, training]", ("`training` is named twice",)),
    BrokenPlan("product without main effect", COVARIATES, "[training, size, 'training:gender']", ("add `gender`",)),
    BrokenPlan("star", COVARIATES, "[training, size, age*gender]", ("write age, gender, age:gender",)),
    BrokenPlan("random effect as term", COVARIATES, "[training, size, (1|hospital)]", ("use `random_slopes`",)),
    BrokenPlan("no intercept", COVARIATES, "[training, size, -1]", ("every model has an intercept",)),
    BrokenPlan("unknown function", COVARIATES, "[training, size, lg(age)]", ("no function `lg`",)),
    BrokenPlan("function of a category", COVARIATES, "[training, size, log(gender)]", ("which is a category",)),
    BrokenPlan("open function", COVARIATES, "[training, size, 'log(age']", ("bracket or quote that is not closed",)),
    BrokenPlan(
        "within of nothing",
        COVARIATES,
        "[training, size, age.within]",
        ("`age.within` comes with `centre: cluster_mean`",),
    ),
    BrokenPlan("mean of nothing", COVARIATES, "[training, size, age.mean]", ("`age.mean` comes with", "means: true")),
    BrokenPlan("bad block name", COVARIATES, "{Case-Mix: [training, size]}", ("a block's name may hold only",)),
    BrokenPlan("empty block", COVARIATES, "{a: [training, size], b: []}", ("block `b` needs at least one term",)),
    BrokenPlan(
        "slope over nothing", "over: hospital}", "over: hosp}", ("random_slopes[1].over: there is no level `hosp`",)
    ),
    BrokenPlan(
        "slope not among covariates", COVARIATES, "[size, age]", ("`training` is not among the covariates",), False
    ),
    BrokenPlan("slope of a constant", "of: training", "of: size", ("`size` does not vary within a hospital",)),
    BrokenPlan("slope over its own level", "over: hospital}", "over: ward}", ("does not vary within a ward",)),
    BrokenPlan("slope twice", "over: hospital}]", "over: hospital}, {of: training, over: hospital}]", ("named twice",)),
    BrokenPlan("product of absent effects", COVARIATES, "[training, age]", ("add `size` to the covariates",)),
    BrokenPlan("flat product", "[[training, size]]", "[training, size]", ("write `[[training, size]]`",)),
    BrokenPlan("product of one", "[[training, size]]", "[[training]]", ("must name two variables or more",)),
    BrokenPlan(
        "rung not made",
        "[[training, size]]",
        "[[training, size]]\n  retain: {rung: random_slopes}",
        ("no rung `random_slopes`", "`random_slope`"),
    ),
    BrokenPlan(
        "rung and rule",
        "[[training, size]]",
        "[[training, size]]\n  retain: {rule: aic, rung: 'null'}",
        ("belongs to `rule: preset`",),
    ),
    BrokenPlan(
        "confidence in percent",
        "ladder:",
        "inference: {confidence: 95}\nladder:",
        ("must be a share between 0 and 1",),
    ),
    BrokenPlan(
        "seed with a point", "ladder:", "inference: {seed: 1.5}\nladder:", ("must be a whole number, not '1.5'",)
    ),
    BrokenPlan("unknown check", "ladder:", "checks: {ranges: stop}\nladder:", ("no check `ranges`", "`range`")),
    BrokenPlan(
        "unknown severity", "ladder:", "checks: {range: reject it}\nladder:", ("`range` can be `stop`, `reject`",)
    ),
    BrokenPlan(
        "severity that cannot be",
        "ladder:",
        "checks: {nesting: ignore}\nladder:",
        ("`nesting` can be `stop`, `reject`",),
    ),
    BrokenPlan("unknown disclosure", "ladder:", "disclosure: open\nladder:", ("is `public`, or a mapping",)),
    BrokenPlan(
        "unknown person", "ladder:", "disclosure: {person: patient}\nladder:", ("no level or column `patient`",)
    ),
    BrokenPlan(
        "quadrature without nodes",
        "ladder:",
        "estimation: {approximation: {quadrature: 0}}\nladder:",
        ("quadrature: must be 1 or more",),
    ),
    BrokenPlan("unknown approximation", "ladder:", "estimation: {approximation: laplac}\nladder:", ("`laplace`?",)),
)
