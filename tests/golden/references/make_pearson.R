# Makes pearson.json: Pearson's statistic at the modes over the residual degrees of freedom, of lme4's cbpp.
# Rscript make_pearson.R > pearson.json
suppressMessages(library(lme4))
data(cbpp)
fit <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial,
             control = glmerControl(tolPwrss = 1e-13))
ratio <- sum(residuals(fit, type = "pearson")^2) / df.residual(fit)
cat(sprintf('{"cattle-pneumonia/random_intercept": %.10g, "lme4": "%s"}\n', ratio, packageVersion("lme4")))
