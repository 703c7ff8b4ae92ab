# Percentiles of measures by lme4's parametric bootstrap: R squared (performance) and the share of persons of opposite
# sign of the random slope model of sleepstudy (bootMer, REML), and the proportional change in variance from the null to
# the random intercept model (outcomes drawn from the latter, both refitted). Run in this folder; writes
# measures_bootstrap.json.
suppressMessages({library(lme4); library(performance); library(jsonlite)})
set.seed(20261124)
options(warn = -1)
nsim <- 2000
probabilities <- c(seq(0, 0.06, 0.002), 0.5, seq(0.94, 1, 0.002))
ends <- function(x) as.list(quantile(x, probabilities))
slope <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
of_slope <- function(m) {
  r2 <- r2_nakagawa(m, tolerance = 0)
  sd <- attr(VarCorr(m)$Subject, "stddev")[2]
  c(unname(r2$R2_marginal), unname(r2$R2_conditional), pnorm(-abs(fixef(m)[2]) / sd))
}
drawn <- bootMer(slope, of_slope, nsim = nsim, seed = 7, use.u = FALSE)
drawn <- drawn$t[complete.cases(drawn$t), ]
null <- lmer(Reaction ~ 1 + (1 | Subject), sleepstudy)
intercept <- lmer(Reaction ~ Days + (1 | Subject), sleepstudy)
outcomes <- simulate(intercept, nsim = nsim, seed = 8)
variance <- function(m) as.numeric(VarCorr(m)$Subject)
change <- vapply(outcomes, function(y) {
  v0 <- variance(refit(null, y)); v1 <- variance(refit(intercept, y))
  (v0 - v1) / v0
}, numeric(1))
found <- list(
  made = paste("lme4", packageVersion("lme4"), "performance", packageVersion("performance"), R.version.string),
  nsim = nrow(drawn),
  estimates = as.list(setNames(of_slope(slope), c("marginal", "conditional", "opposite"))),
  marginal = ends(drawn[, 1]), conditional = ends(drawn[, 2]), opposite = ends(drawn[, 3]),
  change = list(nsim = sum(is.finite(change)), estimate = 1 - variance(intercept) / variance(null),
                quantiles = ends(change[is.finite(change)]))
)
write(toJSON(found, auto_unbox = TRUE, digits = NA, pretty = TRUE), "measures_bootstrap.json")
