# Makes hostile.json: awkward data, drawn here and frozen with the fits, by glmmTMB 1.1.5 (Laplace with observed
# information) and, where `exact` says so, by lme4 1.1-31's adaptive quadrature (a scalar effect, 25 nodes).
# Run from the project's root with R, glmmTMB, lme4 and jsonlite: `Rscript tests/golden/references/make_hostile.R`.
suppressMessages({library(glmmTMB); library(lme4); library(jsonlite)})
set.seed(20261124)
logistic <- function(eta) 1 / (1 + exp(-eta))
nested <- function(outer, inner, size) {
  d <- data.frame(h = rep(seq_len(outer), each = inner * size), g = rep(seq_len(outer * inner), each = size))
  d$x <- round(rnorm(nrow(d)), 3); d$w <- round(rnorm(outer * inner), 3)[d$g]; d$b <- rnorm(outer * inner)[d$g]; d$a <- rnorm(outer)[d$h]
  d$s <- rnorm(outer * inner)[d$g]; d$t <- rnorm(outer)[d$h]
  d
}
flat <- function(sizes) {
  d <- data.frame(g = rep(seq_along(sizes), sizes))
  d$x <- round(rnorm(nrow(d)), 3); d$w <- round(rnorm(length(sizes)), 3)[d$g]; d$b <- rnorm(length(sizes))[d$g]
  d
}
draw <- function(d, p) { d$y <- rbinom(nrow(d), 1, p); d }
cases <- list()
put <- function(name, data, formula, family, ...) cases[[name]] <<- list(data = data, formula = formula, family = family, ...)

two <- y ~ x + w + (1 | g)
d <- flat(rep(12, 30)); put("probit", draw(d, pnorm(-0.2 + 0.5 * d$x + 0.3 * d$w + 0.7 * d$b)), two, binomial("probit"))
d <- flat(rep(12, 30)); put("cloglog", draw(d, 1 - exp(-exp(-0.8 + 0.5 * d$x + 0.3 * d$w + 0.7 * d$b))), two, binomial("cloglog"))
d <- flat(rep(2, 150)); put("clusters_of_two", draw(d, logistic(0.2 + 0.5 * d$x + 0.3 * d$w + 0.8 * d$b)), two, binomial(), exact = TRUE)
d <- flat(c(1500, 2, 2, 3, 1, 1, 5, 4, 8, 6)); put("one_dominates", draw(d, logistic(0.3 + 0.5 * d$x + 0.3 * d$w + 0.9 * d$b)), two, binomial())
d <- flat(rep(10, 30)); d$drug <- rbinom(nrow(d), 1, 0.2); d <- draw(d, logistic(-0.4 + 0.5 * d$x + 0.8 * d$b))
d$y[d$drug == 1] <- 0; d$y[which(d$drug == 1)[1]] <- 1
put("quasi_separated", d, y ~ x + drug + (1 | g), binomial())
d <- flat(rep(9, 40)); d$y <- rpois(nrow(d), exp(-1 + 0.4 * d$x + 0.3 * d$w + d$b)); d$y[d$g > 20] <- 0
put("clusters_of_zeros", d, two, poisson(), exact = TRUE)
d <- flat(rep(8, 25)); d$y <- rpois(nrow(d), exp(12 + 0.4 * d$x + 0.3 * d$w + 0.5 * d$b)); put("large_counts", d, two, poisson())
d <- flat(rep(8, 30)); d$t <- round(10^runif(nrow(d), -2, 3), 4); d$y <- rpois(nrow(d), d$t * exp(0.4 * d$x + 0.3 * d$w + 0.5 * d$b))
put("exposure", d, y ~ x + w + offset(log(t)) + (1 | g), poisson())
d <- flat(rep(6, 30)); d$n <- sample(1:400, nrow(d), TRUE); d$y <- rbinom(nrow(d), d$n, logistic(-2 + 0.4 * d$x + 0.3 * d$w + 0.6 * d$b))
put("trials", d, cbind(y, n - y) ~ x + w + (1 | g), binomial())
d <- flat(rep(12, 30)); d$y <- rnbinom(nrow(d), size = 1.5, mu = exp(0.5 + 0.4 * d$x + 0.3 * d$w + 0.6 * d$b)); put("nb2", d, two, nbinom2())
three <- y ~ x + w + (1 | h) + (1 | g)
d <- nested(20, 5, 6); d$y <- rnbinom(nrow(d), size = 1.2, mu = exp(0.5 + 0.4 * d$x + 0.3 * d$w + 0.5 * d$a + 0.6 * d$b)); put("nb2_three_levels", d, three, nbinom2())
slopes <- y ~ x + w + (x | h) + (x | g)
d <- nested(25, 6, 15); put("slopes_at_two_levels", draw(d, logistic(-0.2 + 0.5 * d$x + 0.3 * d$w + 0.8 * d$a + 0.8 * d$b + (0.6 * d$t + 0.7 * d$s) * d$x)), slopes, binomial())
d <- nested(25, 6, 10); d$y <- rpois(nrow(d), exp(0.2 + 0.3 * d$x + 0.3 * d$w + 0.4 * d$a + 0.4 * d$b + (0.3 * d$t + 0.4 * d$s) * d$x))
put("count_slopes_at_two_levels", d, slopes, poisson())

tight <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-14))
out <- list()
for (name in names(cases)) {
  case <- cases[[name]]
  fit <- glmmTMB(case$formula, case$data, case$family, control = tight)
  table <- summary(fit)$coefficients$cond
  record <- list(
    family = case$family$family, link = case$family$link, effects = lapply(VarCorr(fit)$cond, function(m) rownames(m)),
    names = rownames(table), estimate = unname(table[, 1]), se = unname(table[, 2]), logLik = as.numeric(logLik(fit)),
    dispersion = sigma(fit), covariance = lapply(VarCorr(fit)$cond, function(m) matrix(as.vector(m), nrow(m)))
  )
  kept <- intersect(c("h", "g", "x", "w", "drug", "t", "n", "y"), names(case$data))
  if (name %in% c("slopes_at_two_levels", "count_slopes_at_two_levels", "nb2_three_levels")) kept <- setdiff(kept, "t")
  record$data <- as.list(case$data[kept])
  if (isTRUE(case$exact)) {
    whole <- glmer(case$formula, case$data, case$family, nAGQ = 25, control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(rhoend = 1e-10, maxfun = 1e5)))
    record$exact <- list(estimate = unname(fixef(whole)), variance = as.numeric(VarCorr(whole)$g))
  }
  cat(name, record$logLik, unlist(record$covariance), fit$fit$convergence, fit$sdr$pdHess, "\n")
  out[[name]] <- record
}
write(toJSON(out, digits = NA, auto_unbox = TRUE), Sys.getenv("OUT", "tests/golden/references/hostile.json"))
