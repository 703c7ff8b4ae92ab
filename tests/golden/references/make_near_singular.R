# Makes near_singular.json: Satterthwaite's degrees of freedom by lmerTest of a fit whose random slope is nearly without
# variance, as the optimiser's last step is made smaller. Run from the project's root with R, lme4 1.1-31, lmerTest 3.1-3
# and jsonlite: `Rscript tests/golden/references/make_near_singular.R`.
suppressMessages({library(lmerTest); library(jsonlite)})
hsb <- read.csv("config/studies/high-school-and-beyond/hsb82.csv")
hsb$catholic <- as.numeric(hsb$sector == "Catholic")
hsb <- hsb[hsb$school %in% unique(hsb$school)[1:40], ]
found <- lapply(c(1e-6, 1e-9, 1e-12), function(last) {
  control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = last, maxfun = 1e5), calc.derivs = FALSE,
                         check.conv.singular = "ignore")
  fit <- lmer(math ~ meanses * cses + catholic * cses + (cses | school), hsb, REML = TRUE, control = control)
  list(last_step = last, theta = getME(fit, "theta"), criterion = REMLcrit(fit), df = as.list(coef(summary(fit))[, 3]))
})
write(toJSON(found, digits = NA, auto_unbox = TRUE, pretty = TRUE), "tests/golden/references/near_singular.json")
