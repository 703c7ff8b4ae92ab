# Freezes mitml's pooled estimates and its D1 and D3 tests on imputed data sets that any program can rebuild from exam.csv:
# in data set i every second row's standlrt becomes standlrt / 2 + sin(1.7 * row * i). Debian: r-cran-mitml, r-cran-lme4.
# Rscript make_imputation.R > imputation.json
suppressMessages({library(lme4); library(mitml)})
exam <- read.csv("../data/exam.csv")
exam$row <- seq_len(nrow(exam))
sets <- lapply(1:5, function(i) {
  d <- exam
  gap <- d$row %% 2 == 0
  d$standlrt[gap] <- d$standlrt[gap] / 2 + sin(1.7 * d$row[gap] * i)
  d
})
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6), calc.derivs = FALSE)
fit <- function(formula) {
  fits <- lapply(sets, function(d) lmer(formula, d, REML = FALSE, control = control))
  class(fits) <- c("mitml.result", "list")
  fits
}
larger <- fit(normexam ~ standlrt * schavg + (1 | school))
middle <- fit(normexam ~ standlrt + schavg + (1 | school))
smaller <- fit(normexam ~ standlrt + (1 | school))
pooled <- testEstimates(middle, extra.pars = TRUE)
adjusted <- testEstimates(middle, df.com = 60)
# D1 of one, two and three coefficients, by the law for many observations and with Reiter's (2007) degrees of freedom
qhat <- sapply(larger, fixef)
uhat <- simplify2array(lapply(larger, function(f) as.matrix(vcov(f))))
tested <- list(one = "standlrt:schavg", two = c("standlrt", "standlrt:schavg"), three = c("standlrt", "schavg", "standlrt:schavg"))
d1 <- lapply(tested, function(terms) {
  at <- match(terms, rownames(qhat))
  some <- qhat[at, , drop = FALSE]
  rownames(some) <- paste0("b", seq_along(at))
  ask <- function(df.com) as.list(testConstraints(
    qhat = lapply(1:5, function(i) some[, i]), uhat = lapply(1:5, function(i) as.matrix(uhat[at, at, i])),
    constraints = rownames(some), method = "D1", df.com = df.com)$test[1, ])
  list(terms = as.list(terms), many = ask(NULL), few = ask(60), fewer = ask(12))
})
d3 <- function(a, b) as.list(testModels(a, b, method = "D3")$test[1, ])
cat(jsonlite::toJSON(list(
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), mitml = as.character(packageVersion("mitml")),
                  lme4 = as.character(packageVersion("lme4"))),
  rubin = as.data.frame(pooled$estimates), barnard_rubin = as.data.frame(adjusted$estimates),
  variances = as.list(pooled$extra.pars[, 1]),
  d1 = d1,
  d3 = list(larger_smaller = d3(larger, smaller), larger_middle = d3(larger, middle), middle_smaller = d3(middle, smaller))
), digits = 17, auto_unbox = TRUE, pretty = TRUE), "\n")
