# Makes satterthwaite.json: fixed effects with Satterthwaite's degrees of freedom as lmerTest has them.
# Run from the project's root with R, lme4 and lmerTest (lme4 1.1-31 and lmerTest 3.1-3 made the file that is kept).
suppressMessages(library(lmerTest))
read <- function(path) read.csv(path, stringsAsFactors = FALSE)
sleep <- read("config/studies/sleep-deprivation/sleepstudy.csv")
hsb <- read("config/studies/high-school-and-beyond/hsb82.csv")
hsb$sector <- factor(hsb$sector, c("Public", "Catholic"))
eg <- read("config/studies/language-growth/egsingle.csv")
pastes <- read("tests/golden/data/pastes.csv")
exam <- read("tests/golden/data/exam.csv")
exam$sex <- factor(exam$sex, c("F", "M")); exam$type <- factor(exam$type, c("Mxd", "Sngl"))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = FALSE)
models <- list(
  sleepstudy_ri = list(reaction ~ days + (1 | subject), sleep),
  sleepstudy_rs = list(reaction ~ days + (days | subject), sleep),
  sleepstudy_rsindep = list(reaction ~ days + (1 | subject) + (0 + days | subject), sleep),
  hsb82_rs_cses = list(math ~ cses + (cses | school), hsb),
  hsb82_crosslevel = list(math ~ meanses * cses + sector * cses + (cses | school), hsb),
  egsingle_growth = list(math ~ year + (year | child) + (year | school), eg),
  pastes_3level = list(strength ~ 1 + (1 | sample) + (1 | batch), pastes),
  exam_rs_sex_type = list(normexam ~ standlrt + sex + type + (standlrt | school), exam)
)
out <- c()
for (name in names(models)) for (reml in c(TRUE, FALSE)) {
  fit <- lmer(models[[name]][[1]], models[[name]][[2]], REML = reml, control = tight)
  table <- coef(summary(fit))
  rows <- sprintf('    {"term": "%s", "estimate": %.15g, "std_error": %.15g, "df": %.15g, "p_value": %.15g}',
                  rownames(table), table[, 1], table[, 2], table[, 3], table[, 5])
  out <- c(out, sprintf('  "%s_%s": [\n%s\n  ]', name, if (reml) "reml" else "ml", paste(rows, collapse = ",\n")))
}
writeLines(c("{", paste(out, collapse = ",\n"), "}"), "tests/golden/references/satterthwaite.json")
