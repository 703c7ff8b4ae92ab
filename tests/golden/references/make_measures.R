# Makes measures.json: R squared, ICC and their variance components by performance 0.10.2 and insight 0.19.0, and the
# standard errors of variances on the log scale by glmmTMB 1.1.5.
# Run from the project's root with R, lme4 1.1-31, glmmTMB and performance.
suppressMessages({library(lme4); library(glmmTMB); library(performance); library(insight)})
sleep <- read.csv("config/studies/sleep-deprivation/sleepstudy.csv")
hsb <- read.csv("config/studies/high-school-and-beyond/hsb82.csv")
growth <- read.csv("config/studies/language-growth/egsingle.csv")
contraception <- read.csv("tests/golden/data/contraception.csv")
epilepsy <- read.csv("tests/golden/data/epilepsy_hsaur.csv")
covariates <- use ~ urban + age + child1 + child2 + child3 + (1 | district)
visits <- y ~ treat + lbase + lage + v4 + (1 | subject)
tight <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-14))
models <- list(
  sleepstudy_ri = lmer(reaction ~ days + (1 | subject), sleep),
  sleepstudy_rs = lmer(reaction ~ days + (days | subject), sleep),
  hsb82_crosslevel = lmer(math ~ meanses + cses + sector + meanses:cses + sector:cses + (cses | school), hsb),
  egsingle_ri = lmer(math ~ year + lowinc + (1 | school / child), growth),
  contraception_logit = glmmTMB(covariates, contraception, binomial(), control = tight),
  contraception_probit = glmmTMB(covariates, contraception, binomial("probit"), control = tight),
  contraception_cloglog = glmmTMB(covariates, contraception, binomial("cloglog"), control = tight),
  epilepsy_poisson = glmmTMB(visits, epilepsy, poisson(), control = tight),
  epilepsy_nb = glmmTMB(visits, epilepsy, nbinom2(), control = tight)
)
numbers <- function(x) paste0("[", paste(sprintf("%.15g", unlist(x)), collapse = ", "), "]")
one <- function(x) sprintf("%.15g", as.numeric(x))
out <- c()
for (name in names(models)) {
  fit <- models[[name]]
  r2 <- r2_nakagawa(fit)
  parts <- suppressWarnings(get_variance(fit))
  correlation <- icc(fit)
  entry <- sprintf('"marginal": %s, "conditional": %s, "fixed": %s, "random": %s, "distribution": %s, "residual": %s, "icc": %s',
                   one(r2$R2_marginal), one(r2$R2_conditional), one(parts$var.fixed), one(parts$var.random),
                   one(parts$var.distribution), one(parts$var.residual), one(correlation$ICC_adjusted))
  if (inherits(fit, "glmmTMB")) {
    sd <- sqrt(as.vector(VarCorr(fit)$cond[[1]]))
    v <- vcov(fit, full = TRUE)
    entry <- paste0(entry, sprintf(', "log_sd_se": %s, "sd": %s', one(sqrt(v[nrow(v), nrow(v)])), one(sd)))
  }
  out <- c(out, sprintf('  "%s": {%s}', name, entry))
}
writeLines(c("{", paste(out, collapse = ",\n"), "}"), "tests/golden/references/measures.json")
