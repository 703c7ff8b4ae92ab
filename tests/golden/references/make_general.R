# Makes general.json: fits that lme4's references do not hold, by glmmTMB 1.1.5 (Laplace with observed information).
# Run from the project's root with R and glmmTMB.
suppressMessages(library(glmmTMB))
contraception <- read.csv("tests/golden/data/contraception.csv")
epilepsy <- read.csv("tests/golden/data/epilepsy_hsaur.csv")
ticks <- read.csv("tests/golden/data/grouseticks.csv")
ticks$year <- factor(ticks$year, c("y95", "y96", "y97"))
covariates <- use ~ urban + age + child1 + child2 + child3 + (1 | district)
models <- list(
  contraception_probit = list(covariates, contraception, binomial("probit")),
  contraception_cloglog = list(covariates, contraception, binomial("cloglog")),
  contraception_logit_slope = list(use ~ urban + age + child1 + child2 + child3 + (urban | district), contraception, binomial()),
  epilepsy_nb = list(y ~ treat + lbase + lage + v4 + (1 | subject), epilepsy, nbinom2()),
  epilepsy_exposure = list(y ~ treat + lage + v4 + offset(log(base)) + (1 | subject), epilepsy, poisson()),
  epilepsy_slope = list(y ~ treat + lbase + lage + v4 + (v4 | subject), epilepsy, poisson()),
  grouseticks_nb = list(ticks ~ year + cheight + (1 | brood) + (1 | location), ticks, nbinom2())
)
numbers <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
out <- c()
for (name in names(models)) {
  tight <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-14))
  fit <- glmmTMB(models[[name]][[1]], models[[name]][[2]], models[[name]][[3]], control = tight)
  table <- summary(fit)$coefficients$cond
  parts <- VarCorr(fit)$cond
  covariances <- sapply(names(parts), function(g) sprintf('"%s": %s', g, numbers(as.vector(parts[[g]]))))
  out <- c(out, sprintf('  "%s": {"names": [%s], "estimate": %s, "se": %s, "logLik": %.15g, "dispersion": %.15g, "covariance": {%s}}',
                        name, paste(sprintf('"%s"', rownames(table)), collapse = ", "), numbers(table[, 1]),
                        numbers(table[, 2]), as.numeric(logLik(fit)), sigma(fit), paste(covariances, collapse = ", ")))
}
writeLines(c("{", paste(out, collapse = ",\n"), "}"), "tests/golden/references/general.json")
