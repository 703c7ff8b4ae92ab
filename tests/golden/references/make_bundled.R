# Makes bundled.json: rungs of the bundled studies by glmmTMB 1.1.5 (Laplace with observed information).
# Run from the project's root with R and glmmTMB.
suppressMessages(library(glmmTMB))
women <- read.csv("config/studies/contraception/contraception.csv")
visits <- read.csv("config/studies/epilepsy/epilepsy_hsaur.csv")
visits$period <- visits$period - mean(visits$period)
herds <- read.csv("config/studies/cattle-pneumonia/cbpp.csv")
tight <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-14))
fits <- list(
  "contraception/random_slope" = glmmTMB(
    use ~ livch + age + I(age^2) + urban + (urban | district), women, binomial(), control = tight
  ),
  "epilepsy/random_intercept.trial" = glmmTMB(
    y ~ lbase + lage + treat + period + offset(rep(log(2), nrow(visits))) + (1 | subject), visits, nbinom2(),
    control = tight
  ),
  "cattle-pneumonia/random_intercept" = glmmTMB(
    cbind(incidence, size - incidence) ~ period + (1 | herd), herds, binomial(), control = tight
  )
)
numbers <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
out <- sapply(names(fits), function(name) {
  fit <- fits[[name]]
  table <- summary(fit)$coefficients$cond
  sprintf('  "%s": {"estimate": %s, "se": %s, "logLik": %.15g, "dispersion": %.15g, "covariance": %s}', name,
          numbers(table[, 1]), numbers(table[, 2]), as.numeric(logLik(fit)), sigma(fit),
          numbers(as.vector(VarCorr(fit)$cond[[1]])))
})
writeLines(c("{", paste(out, collapse = ",\n"), "}"), "tests/golden/references/bundled.json")
