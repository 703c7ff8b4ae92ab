# Makes influence.json: fixed effects, their covariances and variances without each cluster in turn, and Cook's
# distances, as lme4's influence() and cooks.distance() have them.
# Run from the project's root with R and lme4 (lme4 1.1-31 made the file that is kept).
suppressMessages(library(lme4))
read <- function(path) read.csv(path, stringsAsFactors = FALSE)
sleep <- read("config/studies/sleep-deprivation/sleepstudy.csv")
exam <- read("tests/golden/data/exam.csv")
exam$sex <- factor(exam$sex, c("F", "M")); exam$type <- factor(exam$type, c("Mxd", "Sngl"))
pastes <- read("tests/golden/data/pastes.csv")
cbpp <- read("config/studies/cattle-pneumonia/cbpp.csv")
cbpp$period <- factor(cbpp$period)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = FALSE)
tight_general <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
number <- function(x) sprintf("[%s]", paste(sprintf("%.12g", x), collapse = ", "))
# influence() would set its own control, so that its refits are less exact: the same refits, made as exactly as ours
without <- function(fit, data, group) {
  lapply(split(seq_len(nrow(data)), factor(data[[group]], unique(data[[group]]))), function(rows) {
    again <- suppressWarnings(suppressMessages(update(fit, data = data[-rows, ])))
    list(fixed = fixef(again), covariance = as.matrix(vcov(again)), variances = unlist(lapply(VarCorr(again), diag)),
         residual = if (isLMM(again)) sigma(again)^2 else 1)
  })
}
case <- function(name, fit, data, group, lmes = TRUE) {
  found <- without(fit, data, group)
  out <- vapply(names(found), function(cluster) {
    one <- found[[cluster]]
    sprintf('    {"cluster": "%s", "fixed": %s, "std_error": %s, "variances": %s, "residual": %.12g}', cluster,
            number(one$fixed), number(sqrt(diag(one$covariance))), number(one$variances), one$residual)
  }, "")
  cooks <- if (lmes) number(cooks.distance(influence(fit, group, data = data, maxfun = 1e5))) else "null"
  sprintf('  "%s": {\n   "terms": [%s],\n   "cooks_lme4": %s,\n   "clusters": [\n%s\n   ]\n  }', name,
          paste(sprintf('"%s"', names(fixef(fit))), collapse = ", "), cooks, paste(out, collapse = ",\n"))
}
sleep_fit <- lmer(reaction ~ days + (days | subject), sleep, control = tight)
exam_fit <- lmer(normexam ~ standlrt + sex + type + (standlrt | school), exam, control = tight)
pastes_fit <- lmer(strength ~ 1 + (1 | sample) + (1 | batch), pastes, control = tight)
cbpp_fit <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, control = tight_general)
writeLines(c("{", paste(c(
  case("sleepstudy_rs", sleep_fit, sleep, "subject"),
  case("exam_rs_sex_type", exam_fit, exam, "school", FALSE),
  case("pastes_3level.batch", pastes_fit, pastes, "batch"),
  case("pastes_3level.sample", pastes_fit, pastes, "sample"),
  case("cbpp", cbpp_fit, cbpp, "herd")
), collapse = ",\n"), "}"), "tests/golden/references/influence.json")
