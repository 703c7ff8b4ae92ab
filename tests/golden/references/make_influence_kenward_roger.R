# Kenward and Roger's standard errors and degrees of freedom of the random slope model of sleepstudy without each person
# in turn (lme4, pbkrtest by lmerTest). Run in this folder; writes influence_kenward_roger.json.
suppressMessages({library(lme4); library(lmerTest); library(jsonlite)})
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
found <- lapply(levels(sleepstudy$Subject), function(person) {
  rest <- droplevels(subset(sleepstudy, Subject != person))
  table <- coef(summary(lmer(Reaction ~ Days + (Days | Subject), rest, control = tight), ddf = "Kenward-Roger"))
  list(cluster = person, std_error = unname(table[, "Std. Error"]), df = unname(table[, "df"]))
})
made <- paste("lme4", packageVersion("lme4"), "lmerTest", packageVersion("lmerTest"), "pbkrtest", packageVersion("pbkrtest"))
write(toJSON(list(made = made, clusters = found), auto_unbox = TRUE, digits = NA), "influence_kenward_roger.json")
