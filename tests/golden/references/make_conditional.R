# Makes conditional.json: conditional likelihood given each cluster's total. Binary outcomes by survival's clogit, exact
# (survival 3.5-3), with and without an offset; counts by R's glm with a dummy for each cluster, which for the Poisson
# law has the same coefficients and errors (Hausman, Hall and Griliches 1984).
# Run from the project's root with R, survival and jsonlite: `Rscript tests/golden/references/make_conditional.R`.
suppressMessages({library(survival); library(jsonlite)})
read <- function(name) read.csv(file.path("tests/golden/data", name))
women <- read("contraception.csv"); women$o <- 0.05 * women$age
cbpp <- read("cbpp.csv")
cows <- cbpp[rep(seq_len(nrow(cbpp)), cbpp$size), ]
cows$sick <- unlist(Map(function(e, n) as.numeric(seq_len(n) <= e), cbpp$incidence, cbpp$size))
for (p in 2:4) cows[[paste0("p", p)]] <- as.numeric(cows$period == paste0("p", p))
visits <- read("epilepsy_hsaur.csv")
visits$later <- ave(seq_along(visits$subject), visits$subject, FUN = seq_along) - 1
exact <- function(formula, data) {
  fit <- clogit(formula, data, method = "exact", control = coxph.control(eps = 1e-12, iter.max = 100, toler.chol = 1e-14))
  list(names = names(coef(fit)), estimate = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))), logLik = fit$loglik[2])
}
dummies <- glm(y ~ v4 + I(later * treat) + factor(subject) + offset(0.1 * later), poisson, visits, epsilon = 1e-14, maxit = 100)
table <- summary(dummies)$coefficients[c("v4", "I(later * treat)"), ]
out <- list(
  contraception = exact(use ~ urban + age + child1 + child2 + child3 + strata(district), women),
  contraception_offset = exact(use ~ urban + child1 + child2 + child3 + offset(o) + strata(district), women),
  cbpp = exact(sick ~ p2 + p3 + p4 + strata(herd), cows),
  epilepsy = list(names = c("v4", "later:treat"), estimate = unname(table[, 1]), se = unname(table[, 2]))
)
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "tests/golden/references/conditional.json")
