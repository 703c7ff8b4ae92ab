# Makes fixed_effects.json (Kenward-Roger and Satterthwaite, single coefficients and terms; likelihood ratios by term),
# robust.json (CR2 with its degrees of freedom), profile_more.json (profile intervals) and, beside the data, the small
# simulated study few_clusters.csv. Run from the project's root with R and lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2,
# clubSandwich 0.5.8, jsonlite: `Rscript tests/golden/references/make_fixed_effects.R`.
suppressMessages({library(lmerTest); library(pbkrtest); library(clubSandwich); library(jsonlite)})
read <- function(path) read.csv(path, stringsAsFactors = FALSE)
put <- function(x, name) write(toJSON(x, digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null"), file.path("tests/golden/references", name))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = FALSE,
                     check.conv.singular = "ignore")
glmm <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), tolPwrss = 1e-13, calc.derivs = FALSE)

# A study with eight unequal clusters, a treatment of whole clusters and a category of three; y0 has no cluster effect.
set.seed(20261124)
sizes <- c(2, 3, 5, 7, 9, 11, 14, 4)
few <- data.frame(centre = rep(letters[1:8], sizes), treat = rep(c(0, 1, 0, 1, 0, 1, 0, 1), sizes))
n <- nrow(few)
few$x <- round(rnorm(n), 3); few$grade <- sample(c("a", "b", "c"), n, TRUE)
few$y <- round(1 + 0.5 * few$treat + 0.3 * few$x + rep(rnorm(8), sizes) + rnorm(n), 3)
few$y0 <- round(ave(rnorm(n), few$centre, FUN = function(v) v - mean(v)) + 0.2 * few$x, 3)
write.csv(few, "tests/golden/data/few_clusters.csv", row.names = FALSE, quote = FALSE)
few$gb <- as.numeric(few$grade == "b"); few$gc <- as.numeric(few$grade == "c")

sleep <- read("config/studies/sleep-deprivation/sleepstudy.csv")
hsb <- read("config/studies/high-school-and-beyond/hsb82.csv")
hsb <- hsb[hsb$school %in% unique(hsb$school)[1:60], ]; hsb$catholic <- as.numeric(hsb$sector == "Catholic")
eg <- read("config/studies/language-growth/egsingle.csv")
eg <- eg[eg$school %in% unique(eg$school)[1:12], ]
pastes <- read("tests/golden/data/pastes.csv")
dye2 <- read("tests/golden/data/dyestuff2.csv")
exam <- read("tests/golden/data/exam.csv")
exam <- exam[exam$school %in% unique(exam$school)[1:25], ]
exam$male <- as.numeric(exam$sex == "M"); exam$boys <- as.numeric(exam$schgend == "boys"); exam$girls <- as.numeric(exam$schgend == "girls")

cases <- list(
  sleepstudy_ri = list(reaction ~ days + (1 | subject), sleep, list()),
  sleepstudy_rs = list(reaction ~ days + (days | subject), sleep, list(both = c("(Intercept)", "days"))),
  sleepstudy_rsindep = list(reaction ~ days + (1 | subject) + (0 + days | subject), sleep, list()),
  pastes_3level = list(strength ~ 1 + (1 | sample) + (1 | batch), pastes, list()),
  hsb60_crosslevel = list(math ~ meanses * cses + catholic * cses + (cses | school), hsb,
                          list(products = c("meanses:cses", "cses:catholic"), school = c("meanses", "catholic"))),
  eg12_growth = list(math ~ year + black + hispanic + lowinc + (year | child) + (year | school), eg,
                     list(origin = c("black", "hispanic"))),
  exam25_schgend = list(normexam ~ standlrt + male + boys + girls + (standlrt | school), exam,
                        list(schgend = c("boys", "girls"))),
  few_ri = list(y ~ treat + x + gb + gc + (1 | centre), few, list(grade = c("gb", "gc"))),
  few_singular = list(y0 ~ treat + x + gb + gc + (1 | centre), few, list(grade = c("gb", "gc"))),
  dyestuff2_null = list(yield ~ 1 + (1 | batch), dye2, list())
)
matrix_of <- function(fit, names) { L <- matrix(0, length(names), length(fixef(fit))); for (i in seq_along(names)) L[i, match(names[i], names(fixef(fit)))] <- 1; L }
out <- list()
for (name in names(cases)) {
  case <- cases[[name]]
  fit <- lmer(case[[1]], case[[2]], REML = TRUE, control = tight)
  one <- list()
  for (ddf in c("Satterthwaite", "Kenward-Roger")) {
    table <- coef(summary(fit, ddf = ddf))
    terms <- lapply(case[[3]], function(t) { f <- contest(fit, matrix_of(fit, t), ddf = ddf)
      list(names = t, df1 = f[["NumDF"]], df2 = f[["DenDF"]], statistic = f[["F value"]], p_value = f[["Pr(>F)"]]) })
    one[[ddf]] <- list(names = rownames(table), estimate = table[, 1], std_error = unname(table[, 2]), df = unname(table[, 3]),
                       p_value = unname(table[, 5]), terms = terms)
  }
  one$adjusted <- as.matrix(vcovAdj(fit)); dimnames(one$adjusted) <- NULL
  one$unadjusted <- as.matrix(vcov(fit)); dimnames(one$unadjusted) <- NULL
  out[[name]] <- one
  cat(name, "\n")
}

# Likelihood ratios by term, by refitting without it.
contraception <- read("tests/golden/data/contraception.csv")
cbpp <- read("tests/golden/data/cbpp.csv")
epilepsy <- read("tests/golden/data/epilepsy_hsaur.csv")
fits <- list(
  contraception = glmer(use ~ urban + age + child1 + child2 + child3 + (1 | district), contraception, binomial, control = glmm),
  cbpp = glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, control = glmm),
  epilepsy = glmer(y ~ treat * lbase + lage + v4 + (1 | subject), epilepsy, poisson, control = glmm),
  exam25 = lmer(normexam ~ standlrt + sex + schgend + (standlrt | school), exam, REML = FALSE, control = tight)
)
ratio <- function(fit) {
  ll <- logLik(fit)
  terms <- drop.scope(lme4::nobars(formula(fit)))
  lapply(setNames(terms, terms), function(t) { small <- update(fit, as.formula(paste(". ~ . -", t)))
    df <- attr(ll, "df") - attr(logLik(small), "df"); s <- 2 * as.numeric(ll - logLik(small))
    list(df1 = df, statistic = s, p_value = pchisq(s, df, lower.tail = FALSE)) })
}
put(list(fits = out, ratios = lapply(fits, ratio)), "fixed_effects.json")

# CR2 (Bell and McCaffrey 2002) with Satterthwaite's degrees of freedom, as clubSandwich has them.
cr2 <- function(fit, cluster) {
  t <- coef_test(fit, vcov = "CR2", cluster = cluster, test = "Satterthwaite")
  list(names = names(coef(fit)), estimate = unname(coef(fit)), std_error = t$SE, df = t$df_Satt, p_value = t$p_Satt)
}
whole <- read("tests/golden/data/exam.csv")
whole$schgend <- factor(whole$schgend, c("mixed", "boys", "girls"))
few$grade <- factor(few$grade)
ship <- data.frame(y = few$y > 1, few)
put(list(
  exam = cr2(lm(normexam ~ standlrt + sex + schgend, whole), whole$school),
  few = cr2(lm(y ~ treat + x + gb + gc, few), few$centre),
  few_logit = cr2(glm(I(y > 1) ~ treat + x, binomial, few, control = list(epsilon = 1e-14)), few$centre),
  few_one_cluster = cr2(lm(y ~ I(centre == "g") + x, few), few$centre),
  contraception = cr2(glm(use ~ urban + age + child1 + child2 + child3, binomial, contraception, control = list(epsilon = 1e-14)), contraception$district),
  contraception_probit = cr2(glm(use ~ urban + age, binomial("probit"), contraception, control = list(epsilon = 1e-14)), contraception$district),
  cbpp = cr2(glm(cbind(incidence, size - incidence) ~ period, binomial, cbpp, control = list(epsilon = 1e-14)), cbpp$herd),
  epilepsy = cr2(glm(y ~ treat + lbase + lage + v4, poisson, epilepsy, control = list(epsilon = 1e-14)), epilepsy$subject)
), "robust.json")
cat("robust\n")

# Profile intervals by lme4's confint, and two ends to many digits by root-finding on refits with an offset.
profile <- function(fit) { ci <- confint(fit, method = "profile", oldNames = FALSE, quiet = TRUE)
  list(names = rownames(ci), lower = unname(ci[, 1]), upper = unname(ci[, 2])) }
end <- function(fit, term, data, column, bracket) {
  base <- -2 * as.numeric(logLik(fit)); limit <- qchisq(0.95, 1)
  f <- function(b) { data$held <- b * data[[column]]
    small <- update(fit, as.formula(paste(". ~ . -", term, "+ offset(held)")), data = data)
    -2 * as.numeric(logLik(small)) - base - limit }
  uniroot(f, bracket, tol = 1e-7)$root
}
rs <- lmer(reaction ~ days + (days | subject), sleep, REML = FALSE, control = tight)
ml <- function(formula, data) lme4::lmer(formula, data, REML = FALSE, control = tight)
put(list(
  few_ri = profile(ml(y ~ treat + x + gb + gc + (1 | centre), few)),
  hsb60_rs = profile(ml(math ~ meanses + cses + (cses | school), hsb)),
  sleepstudy_days = list(lower = end(rs, "days", sleep, "days", c(6, 9)), upper = end(rs, "days", sleep, "days", c(12, 16))),
  contraception_urban = list(lower = end(fits$contraception, "urban", contraception, "urban", c(0.2, 0.7)),
                             upper = end(fits$contraception, "urban", contraception, "urban", c(0.75, 1.3)))
), "profile_more.json")
