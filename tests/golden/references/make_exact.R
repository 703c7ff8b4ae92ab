# Writes exact.json: exact tests of variances, from R's anova, RLRsim and lme4's parametric bootstrap.
# Run in tests/golden/references: Rscript make_exact.R
# f: anova() of nested lm() with and without a column for every effect of every cluster (statistic, df, df, p).
# rlrt: quantiles and tail probabilities of RLRsim::RLRTSim's draws of the exact restricted null law (1e5 draws).
# bootstrap: the share of 500 outcomes simulated from the smaller REML fit, both models refitted by lme4 (REML), whose
# statistic is at least the one seen.
suppressPackageStartupMessages({library(lme4); library(RLRsim); library(jsonlite)})
studies <- file.path("..", "..", "..", "config", "studies")
read <- function(...) read.csv(file.path(...), stringsAsFactors = TRUE)
sleep <- read(studies, "sleep-deprivation", "sleepstudy.csv"); sleep$subject <- factor(sleep$subject)
hsb <- read(studies, "high-school-and-beyond", "hsb82.csv"); hsb$school <- factor(hsb$school)
dyestuff <- read("..", "data", "dyestuff.csv"); dyestuff$batch <- factor(dyestuff$batch)
pastes <- read("..", "data", "pastes.csv")
exam <- read("..", "data", "exam.csv"); exam$school <- factor(exam$school)
names(dyestuff) <- tolower(names(dyestuff)); names(pastes) <- tolower(names(pastes))
pastes$inside <- interaction(pastes$batch, pastes$sample, drop = TRUE)

f_test <- function(small, large) {
  found <- anova(small, large)
  list(statistic = found$F[2], df_between = found$Df[2], df_within = found$Res.Df[2], p = found$`Pr(>F)`[2])
}
f <- list(
  dyestuff_null = f_test(lm(yield ~ 1, dyestuff), lm(yield ~ batch, dyestuff)),
  sleepstudy_null = f_test(lm(reaction ~ 1, sleep), lm(reaction ~ subject, sleep)),
  sleepstudy_ri = f_test(lm(reaction ~ days, sleep), lm(reaction ~ days + subject, sleep)),
  sleepstudy_rs = f_test(lm(reaction ~ days + subject, sleep), lm(reaction ~ days * subject, sleep)),
  pastes_3level = f_test(lm(strength ~ 1, pastes), lm(strength ~ inside, pastes)),
  hsb82_null = f_test(lm(math ~ 1, hsb), lm(math ~ school, hsb)),
  exam_ri = f_test(lm(normexam ~ standlrt, exam), lm(normexam ~ standlrt + school, exam)),
  exam_rs = f_test(lm(normexam ~ standlrt + school, exam), lm(normexam ~ standlrt * school, exam))
)
law <- function(X, Z, at, seed) {
  set.seed(seed)
  draws <- RLRTSim(X, Z, qr(X), diag(ncol(Z)), nsim = 1e5)
  list(zero = mean(draws < 1e-8), quantiles = as.list(quantile(draws, c(.75, .9, .95, .99))), at = at,
       tail = mean(draws >= at), draws = 1e5)
}
incidence <- function(g) model.matrix(~ 0 + g)
rlrt <- list(
  dyestuff_null = law(matrix(1, nrow(dyestuff)), incidence(dyestuff$batch), 1.5, 1),
  sleepstudy_ri = law(model.matrix(~ days, sleep), incidence(sleep$subject), 2, 2),
  exam_ri = law(model.matrix(~ standlrt, exam), incidence(exam$school), 2, 3)
)
hsb$cses <- ave(hsb$ses, hsb$school, FUN = function(x) x - mean(x)); hsb$meanses <- ave(hsb$ses, hsb$school)
small <- lmer(math ~ meanses + sector + cses + meanses:cses + sector:cses + (1 | school), hsb)
large <- lmer(math ~ meanses + sector + cses + meanses:cses + sector:cses + (cses | school), hsb)
seen <- 2 * as.numeric(logLik(large) - logLik(small))
replicates <- 500
set.seed(4)
drawn <- simulate(small, replicates)
one <- function(y) suppressMessages(suppressWarnings(
  2 * as.numeric(logLik(refit(large, y)) - logLik(refit(small, y)))))
statistics <- vapply(drawn, one, 0)
bootstrap <- list(hsb82_crosslevel = list(statistic = seen, p = mean(statistics >= seen), replicates = replicates,
                  quantiles = as.list(quantile(statistics, c(.5, .9)))))
writeLines(toJSON(list(versions = list(lme4 = as.character(packageVersion("lme4")), RLRsim =
  as.character(packageVersion("RLRsim"))), f = f, rlrt = rlrt, bootstrap = bootstrap),
  auto_unbox = TRUE, digits = NA, pretty = TRUE), "exact.json")
