# Times lme4 on columns written as doubles, one after the other: g, h, x1, x2, x3, x4, w, o, y.
# Arguments: file, rows, repeats, family, formula, nodes. Prints JSON: processor seconds of each repeat around the call
# alone, the log-likelihood, and the largest memory of the process in megabytes.
# The inner tolerance is 1e-13: the default leaves fits of many rows short of their likelihood.
suppressPackageStartupMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
n <- as.integer(arguments[2])
data <- as.data.frame(matrix(readBin(arguments[1], "double", n * 9), n))
names(data) <- c("g", "h", "x1", "x2", "x3", "x4", "w", "o", "y")
data$g <- factor(data$g)
data$h <- factor(data$h)
form <- as.formula(arguments[5])
fit_once <- function() {
  if (arguments[4] == "gaussian") return(lmer(form, data, REML = FALSE))
  control <- glmerControl(tolPwrss = 1e-13)
  suppressWarnings(glmer(form, data, family = arguments[4], nAGQ = as.integer(arguments[6]), control = control))
}
seconds <- numeric(0)
for (i in seq_len(as.integer(arguments[3]))) {
  gc()
  timed <- system.time(fit <- fit_once())
  seconds <- c(seconds, timed[["user.self"]] + timed[["sys.self"]])
}
status <- readLines("/proc/self/status")
peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) / 1024
cat(sprintf(
  '{"seconds": [%s], "log_likelihood": %.10f, "megabytes": %.1f}\n',
  paste(seconds, collapse = ", "), as.numeric(logLik(fit)), peak
))
