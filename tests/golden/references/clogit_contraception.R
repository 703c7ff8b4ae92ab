# Conditional logistic regression of the bundled study `contraception`, exact conditional likelihood of each district.
# Rscript clogit_contraception.R, from this folder; writes clogit_contraception.json. survival 3.5.3, R 4.2.2.
suppressMessages(library(survival))
d <- read.csv("../../../config/studies/contraception/contraception.csv")
d$livch <- factor(d$livch, levels = c("c0", "c1", "c2", "c3plus"))
fit <- clogit(use ~ livch + age + I(age^2) + factor(urban) + strata(district), data = d, method = "exact")
terms <- c("livch[c1]", "livch[c2]", "livch[c3plus]", "age", "I(age**2)", "urban[1]")
numbers <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ", "), "]")
writeLines(paste0('{"terms": ["', paste(terms, collapse = '", "'), '"],\n "estimate": ', numbers(coef(fit)),
                  ',\n "std_error": ', numbers(sqrt(diag(vcov(fit)))), "}"), "clogit_contraception.json")
