# Times lme4's random-slope model by ML on columns written as doubles: cluster, x1, x2, x3, x4, w, y.
# Arguments: file, rows, repeats. Prints JSON: seconds of each repeat around lmer alone, and the log-likelihood.
suppressPackageStartupMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
n <- as.integer(arguments[2])
values <- matrix(readBin(arguments[1], "double", n * 7), n)
data <- as.data.frame(values)
names(data) <- c("g", "x1", "x2", "x3", "x4", "w", "y")
data$g <- factor(data$g)
seconds <- numeric(0)
for (i in seq_len(as.integer(arguments[3]))) {
  gc()
  timed <- system.time(fit <- lmer(y ~ x1 + x2 + x3 + x4 + w + (x1 | g), data, REML = FALSE))
  seconds <- c(seconds, timed[["elapsed"]])
}
cat(sprintf('{"seconds": [%s], "log_likelihood": %.10f}\n', paste(seconds, collapse = ", "), as.numeric(logLik(fit))))
