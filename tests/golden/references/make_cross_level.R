# Makes cross_level.json: simple slopes by emmeans 1.8.4, contextual effects and regions of significance from lme4 1.1-31
# and lmerTest, marginal risks and rates by numerical integration over glmmTMB 1.1.5's fits with the delta method over
# all of its parameters, R squared with a random slope by performance 0.10.2, areas under the curve by pROC 1.18.0.
# Run from the project's root with R.
suppressMessages({library(lme4); library(lmerTest); library(glmmTMB); library(emmeans); library(performance); library(pROC)})
emm_options(pbkrtest.limit = 1, lmerTest.limit = 1)
hsb <- read.csv("config/studies/high-school-and-beyond/hsb82.csv")
contraception <- read.csv("tests/golden/data/contraception.csv")
epilepsy <- read.csv("tests/golden/data/epilepsy_hsaur.csv")
tight <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-14))
exact <- lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-11))
number <- function(x) paste0("[", paste(sprintf("%.15g", as.numeric(x)), collapse = ", "), "]")
named <- function(...) { x <- list(...); paste0("{", paste(sprintf('"%s": %s', names(x), sapply(x, number)), collapse = ", "), "}") }

# Gaussian: within and between, simple slopes, region
hsb$m <- ave(hsb$ses, hsb$school); hsb$d <- hsb$ses - hsb$m
hsb$sector <- factor(hsb$sector, c("Public", "Catholic"))
slope <- lmer(math ~ d + m + sector + (d | school), hsb, control = exact)
k <- c(0, -1, 1, 0)
contextual <- named(estimate = sum(k * fixef(slope)), std_error = sqrt(as.numeric(t(k) %*% vcov(slope) %*% k)))
cross <- lmer(math ~ d + m + sector + d:m + d:sector + (d | school), hsb, control = exact)
w <- quantile(hsb$m, c(.05, .25, .5, .75, .95))
by_mean <- summary(emtrends(cross, ~ m, var = "d", at = list(m = w, sector = "Public"), df = Inf))
by_sector <- summary(emtrends(cross, ~ sector, var = "d", at = list(m = mean(hsb$m)), df = Inf))
b <- fixef(cross); V <- as.matrix(vcov(cross))
df <- summary(cross)$coefficients[c("d", "d:m"), "df"]
t2 <- qt(.975, min(df))^2
roots <- sort(Re(polyroot(c(b["d"]^2 - t2 * V["d", "d"], 2 * (b["d"] * b["d:m"] - t2 * V["d", "d:m"]),
                            b["d:m"]^2 - t2 * V["d:m", "d:m"]))))

# Counts: a product with a slope
visits <- glmmTMB(y ~ treat + lbase + lage + v4 + v4:treat + (v4 | subject), epilepsy, poisson(), control = tight)
by_treatment <- summary(emtrends(visits, ~ treat, var = "v4", at = list(treat = c(0, 1)), df = Inf))

# Marginal means: every row at a value, random effects integrated out
parameters <- function(fit) c(fixef(fit)$cond, getME(fit, "theta"))
marginal <- function(par, X, total, link, weights) {
  p <- ncol(X); eta <- as.vector(X %*% par[1:p]); V <- total(par[-(1:p)])
  one <- function(e) integrate(function(u) plogis(e + sqrt(V) * u) * dnorm(u), -12, 12, rel.tol = 1e-11)$value
  mean <- if (link == "log") exp(eta + V / 2) else sapply(eta, one)
  sum(weights * mean) / sum(weights)
}
contrast <- function(fit, X0, X1, link, weights) {
  unique_rows <- function(X) { key <- apply(X, 1, paste, collapse = "|"); at <- !duplicated(key)
    list(X = X[at, , drop = FALSE], w = as.vector(tapply(weights, factor(key, unique(key)), sum))) }
  A <- unique_rows(X0); B <- unique_rows(X1)
  total <- function(theta) sum(exp(2 * theta))
  f <- function(par) { r <- c(marginal(par, A$X, total, link, A$w), marginal(par, B$X, total, link, B$w))
    c(r, r[2] - r[1], log(r[2] / r[1])) }
  par <- fit$fit$par; h <- 1e-5
  J <- sapply(seq_along(par), function(i) { e <- replace(0 * par, i, h); (f(par + e) - f(par - e)) / (2 * h) })
  named(value = f(par), std_error = sqrt(diag(J %*% vcov(fit, full = TRUE) %*% t(J))))
}
at <- function(fit, name, value) { X <- getME(fit, "X"); X[, name] <- value; X }
two <- glmmTMB(use ~ urban + age + child1 + child2 + child3 + (1 | district), contraception, binomial(), control = tight)
three <- glmmTMB(use ~ urban + age + child1 + child2 + child3 + (1 | district) + (1 | dist_urban), contraception, binomial(), control = tight)
rate <- glmmTMB(y ~ treat + lage + v4 + offset(log(base)) + (1 | subject), epilepsy, poisson(), control = tight)
ones <- rep(1, nrow(contraception))
both <- function(fit, link, weights, name) contrast(fit, at(fit, name, 0), at(fit, name, 1), link, weights)

# Random slope of a binary covariate: R squared and areas
women <- glmmTMB(use ~ urban + age + child1 + child2 + child3 + (urban | district), contraception, binomial(), control = tight)
r2 <- r2_nakagawa(women)
area <- function(score) as.numeric(auc(roc(contraception$use, score, direction = "<", quiet = TRUE)))
areas <- c(area(as.vector(getME(women, "X") %*% fixef(women)$cond)), area(predict(women)))

entries <- c(
  sprintf('  "contextual": %s', contextual),
  sprintf('  "by_mean": %s', named(at = w, estimate = by_mean$d.trend, std_error = by_mean$SE)),
  sprintf('  "by_sector": %s', named(estimate = by_sector$d.trend, std_error = by_sector$SE)),
  sprintf('  "region": %s', number(roots)),
  sprintf('  "by_treatment": %s', named(estimate = by_treatment$v4.trend, std_error = by_treatment$SE)),
  sprintf('  "two_levels": %s', both(two, "logit", ones, "urban")),
  sprintf('  "three_levels": %s', both(three, "logit", ones, "urban")),
  sprintf('  "exposure": %s', both(rate, "log", epilepsy$base, "treat")),
  sprintf('  "slope_r2": %s', named(marginal = r2$R2_marginal, conditional = r2$R2_conditional)),
  sprintf('  "areas": %s', number(areas))
)
writeLines(c("{", paste(entries, collapse = ",\n"), "}"), "tests/golden/references/cross_level.json")
