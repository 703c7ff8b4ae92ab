"""The bibliography: key, reference as it is printed, and DOI, in the order of keys."""

from __future__ import annotations

BIBLIOGRAPHY: dict[str, tuple[str, str | None]] = {
    "akaike1974": (
        "Akaike H. A new look at the statistical model identification. IEEE Trans Automat Contr 1974;19:716–23.",
        "10.1109/TAC.1974.1100705",
    ),
    "albert1993": (
        "Albert JH, Chib S. Bayesian analysis of binary and polychotomous response data. J Am Stat Assoc "
        "1993;88:669–79.",
        "10.1080/01621459.1993.10476321",
    ),
    "austin2018": (
        "Austin PC, Stryhn H, Leckie G, Merlo J. Measures of clustering and heterogeneity in multilevel Poisson "
        "regression analyses of rates/count data. Stat Med 2018;37:572–89.",
        "10.1002/sim.7532",
    ),
    "barnard1999": (
        "Barnard J, Rubin DB. Small-sample degrees of freedom with multiple imputation. Biometrika 1999;86:948–55.",
        "10.1093/biomet/86.4.948",
    ),
    "bates2015": (
        "Bates D, Mächler M, Bolker B, Walker S. Fitting linear mixed-effects models using lme4. "
        "J Stat Softw 2015;67(1):1–48.",
        "10.18637/jss.v067.i01",
    ),
    "bauer2005": (
        "Bauer DJ, Curran PJ. Probing interactions in fixed and multilevel regression: inferential and graphical "
        "techniques. Multivariate Behav Res 2005;40:373–400.",
        "10.1207/s15327906mbr4003_5",
    ),
    "bell2002": (
        "Bell RM, McCaffrey DF. Bias reduction in standard errors for linear regression with multi-stage samples. "
        "Surv Methodol 2002;28:169–81.",
        None,
    ),
    "bell2019": (
        "Bell A, Fairbrother M, Jones K. Fixed and random effects models: making an informed choice. "
        "Qual Quant 2019;53:1051–74.",
        "10.1007/s11135-018-0802-x",
    ),
    "benchimol2015": (
        "Benchimol EI, Smeeth L, Guttmann A, and others. The REporting of studies Conducted using Observational "
        "Routinely-collected health Data (RECORD) statement. PLoS Med 2015;12(10):e1001885.",
        "10.1371/journal.pmed.1001885",
    ),
    "breslow1993": (
        "Breslow NE, Clayton DG. Approximate inference in generalized linear mixed models. "
        "J Am Stat Assoc 1993;88:9–25.",
        "10.1080/01621459.1993.10594284",
    ),
    "crainiceanu2004": (
        "Crainiceanu CM, Ruppert D. Likelihood ratio tests in linear mixed models with one variance component. "
        "J R Stat Soc B 2004;66:165–85.",
        "10.1111/j.1467-9868.2004.00438.x",
    ),
    "davison1997": (
        "Davison AC, Hinkley DV. Bootstrap methods and their application. Cambridge: Cambridge University Press, 1997.",
        None,
    ),
    "delattre2014": (
        "Delattre M, Lavielle M, Poursat MA. A note on BIC in mixed-effects models. Electron J Stat 2014;8:456–75.",
        "10.1214/14-EJS890",
    ),
    "demidenko2005": (
        "Demidenko E, Stukel TA. Influence analysis for linear mixed-effects models. Stat Med 2005;24:893–909.",
        "10.1002/sim.1974",
    ),
    "dunn1996": (
        "Dunn PK, Smyth GK. Randomized quantile residuals. J Comput Graph Stat 1996;5:236–44.",
        "10.1080/10618600.1996.10474708",
    ),
    "enders2007": (
        "Enders CK, Tofighi D. Centering predictor variables in cross-sectional multilevel models: a new look at an "
        "old issue. Psychol Methods 2007;12:121–38.",
        "10.1037/1082-989X.12.2.121",
    ),
    "gelman2007": (
        "Gelman A, Hill J. Data analysis using regression and multilevel/hierarchical models. "
        "Cambridge: Cambridge University Press, 2007.",
        None,
    ),
    "gneiting2007": (
        "Gneiting T, Raftery AE. Strictly proper scoring rules, prediction, and estimation. "
        "J Am Stat Assoc 2007;102:359–78.",
        "10.1198/016214506000001437",
    ),
    "goldstein2002": (
        "Goldstein H, Browne W, Rasbash J. Partitioning variation in multilevel models. Underst Stat 2002;1:223–31.",
        "10.1207/S15328031US0104_02",
    ),
    "goldstein2011": ("Goldstein H. Multilevel statistical models. 4th ed. Chichester: Wiley, 2011.", None),
    "harville1985": (
        "Harville DA, Fenech AP. Confidence intervals for a variance ratio, or for heritability, in an unbalanced "
        "mixed linear model. Biometrics 1985;41:137–52.",
        "10.2307/2530650",
    ),
    "hedeker2018": (
        "Hedeker D, du Toit SHC, Demirtas H, Gibbons RD. A note on marginalization of regression parameters from mixed "
        "models of binary outcomes. Biometrics 2018;74:354–61.",
        "10.1111/biom.12707",
    ),
    "heisig2019": (
        "Heisig JP, Schaeffer M. Why you should always include a random slope for the lower-level variable involved "
        "in a cross-level interaction. Eur Sociol Rev 2019;35:258–79.",
        "10.1093/esr/jcy053",
    ),
    "hox2018": (
        "Hox JJ, Moerbeek M, van de Schoot R. Multilevel analysis: techniques and applications. 3rd ed. "
        "New York: Routledge, 2018.",
        None,
    ),
    "hui2019": (
        "Hui FKC, Müller S, Welsh AH. Testing random effects in linear mixed models: another look at the F-test (with "
        "discussion). Aust N Z J Stat 2019;61:61–84.",
        None,
    ),
    "johnson2014": (
        "Johnson PCD. Extension of Nakagawa & Schielzeth’s R²GLMM to random slopes models. "
        "Methods Ecol Evol 2014;5:944–6.",
        "10.1111/2041-210X.12225",
    ),
    "kenward1997": (
        "Kenward MG, Roger JH. Small sample inference for fixed effects from restricted maximum likelihood. "
        "Biometrics 1997;53:983–97.",
        "10.2307/2533558",
    ),
    "kenward2009": (
        "Kenward MG, Roger JH. An improved approximation to the precision of fixed effects from restricted maximum "
        "likelihood. Comput Stat Data Anal 2009;53:2583–95.",
        "10.1016/j.csda.2008.12.013",
    ),
    "kish1965": ("Kish L. Survey sampling. New York: Wiley, 1965.", None),
    "kuznetsova2017": (
        "Kuznetsova A, Brockhoff PB, Christensen RHB. lmerTest package: tests in linear mixed effects models. "
        "J Stat Softw 2017;82(13):1–26.",
        "10.18637/jss.v082.i13",
    ),
    "laird1982": (
        "Laird NM, Ware JH. Random-effects models for longitudinal data. Biometrics 1982;38:963–74.",
        "10.2307/2529876",
    ),
    "lange1989": (
        "Lange N, Ryan L. Assessing normality in random effects models. Ann Stat 1989;17:624–42.",
        "10.1214/aos/1176347130",
    ),
    "larsen2005": (
        "Larsen K, Merlo J. Appropriate assessment of neighborhood effects on individual health: integrating random "
        "and fixed effects in multilevel logistic regression. Am J Epidemiol 2005;161:81–8.",
        "10.1093/aje/kwi017",
    ),
    "lawless1987": (
        "Lawless JF. Negative binomial and mixed Poisson regression. Can J Stat 1987;15:209–25.",
        "10.2307/3314912",
    ),
    "leckie2020": (
        "Leckie G, Browne WJ, Goldstein H, Merlo J, Austin PC. Partitioning variation in multilevel models for count "
        "data. Psychol Methods 2020;25:787–801.",
        "10.1037/met0000265",
    ),
    "li1991": (
        "Li KH, Raghunathan TE, Rubin DB. Large-sample significance levels from multiply imputed data using "
        "moment-based statistics and an F reference distribution. J Am Stat Assoc 1991;86:1065–73.",
        "10.1080/01621459.1991.10475152",
    ),
    "liang1986": (
        "Liang KY, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika 1986;73:13–22.",
        "10.1093/biomet/73.1.13",
    ),
    "meng1992": (
        "Meng XL, Rubin DB. Performing likelihood ratio tests with multiply-imputed data sets. "
        "Biometrika 1992;79:103–11.",
        "10.1093/biomet/79.1.103",
    ),
    "merlo2005": (
        "Merlo J, Yang M, Chaix B, Lynch J, Råstam L. A brief conceptual tutorial on multilevel analysis in social "
        "epidemiology: investigating contextual phenomena in different groups of people. "
        "J Epidemiol Community Health 2005;59:729–36.",
        "10.1136/jech.2004.023929",
    ),
    "merlo2016": (
        "Merlo J, Wagner P, Ghith N, Leckie G. An original stepwise multilevel logistic regression analysis of "
        "discriminatory accuracy: the case of neighbourhoods and health. PLoS One 2016;11:e0153778.",
        "10.1371/journal.pone.0153778",
    ),
    "monsalves2020": (
        "Monsalves MJ, Bangdiwala AS, Thabane A, Bangdiwala SI. LEVEL (Logical Explanations & Visualizations of "
        "Estimates in Linear mixed models): recommendations for reporting multilevel data and analyses. BMC Med Res "
        "Methodol 2020;20:3.",
        "10.1186/s12874-019-0876-8",
    ),
    "moulton1986": (
        "Moulton BR. Random group effects and the precision of regression estimates. J Econom 1986;32:385–97.",
        "10.1016/0304-4076(86)90021-7",
    ),
    "mundlak1978": (
        "Mundlak Y. On the pooling of time series and cross section data. Econometrica 1978;46:69–85.",
        "10.2307/1913646",
    ),
    "nakagawa2017": (
        "Nakagawa S, Johnson PCD, Schielzeth H. The coefficient of determination R² and intra-class correlation "
        "coefficient from generalized linear mixed-effects models revisited and expanded. "
        "J R Soc Interface 2017;14:20170213.",
        "10.1098/rsif.2017.0213",
    ),
    "nelder1977": ("Nelder JA. A reformulation of linear models. J R Stat Soc A 1977;140:48–77.", "10.2307/2344517"),
    "neuhaus1991": (
        "Neuhaus JM, Kalbfleisch JD, Hauck WW. A comparison of cluster-specific and population-averaged approaches for "
        "analyzing correlated binary data. Int Stat Rev 1991;59:25–35.",
        "10.2307/1403572",
    ),
    "obuchowski1997": (
        "Obuchowski NA. Nonparametric analysis of clustered ROC curve data. Biometrics 1997;53:567–78.",
        "10.2307/2533958",
    ),
    "patterson1971": (
        "Patterson HD, Thompson R. Recovery of inter-block information when block sizes are unequal. "
        "Biometrika 1971;58:545–54.",
        "10.1093/biomet/58.3.545",
    ),
    "pinheiro1995": (
        "Pinheiro JC, Bates DM. Approximations to the log-likelihood function in the nonlinear mixed-effects model. "
        "J Comput Graph Stat 1995;4:12–35.",
        "10.1080/10618600.1995.10474663",
    ),
    "pregibon1981": ("Pregibon D. Logistic regression diagnostics. Ann Stat 1981;9:705–24.", "10.1214/aos/1176345513"),
    "pustejovsky2018": (
        "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation and hypothesis testing "
        "in fixed effects models. J Bus Econ Stat 2018;36:672–83.",
        "10.1080/07350015.2016.1247004",
    ),
    "raudenbush2002": (
        "Raudenbush SW, Bryk AS. Hierarchical linear models: applications and data analysis methods. 2nd ed. "
        "Thousand Oaks: Sage, 2002.",
        None,
    ),
    "resche2018": (
        "Resche-Rigon M, White IR. Multiple imputation by chained equations for systematically and sporadically "
        "missing multilevel data. Stat Methods Med Res 2018;27:1634–49.",
        "10.1177/0962280216666564",
    ),
    "rubin1987": ("Rubin DB. Multiple imputation for nonresponse in surveys. New York: Wiley, 1987.", None),
    "satterthwaite1946": (
        "Satterthwaite FE. An approximate distribution of estimates of variance components. "
        "Biometrics Bull 1946;2:110–14.",
        "10.2307/3002019",
    ),
    "schwarz1978": ("Schwarz G. Estimating the dimension of a model. Ann Stat 1978;6:461–4.", "10.1214/aos/1176344136"),
    "seely1983": ("Seely JF, El-Bassiouni Y. Applying Wald’s variance component test. Ann Stat 1983;11:197–201.", None),
    "self1987": (
        "Self SG, Liang KY. Asymptotic properties of maximum likelihood estimators and likelihood ratio tests under "
        "nonstandard conditions. J Am Stat Assoc 1987;82:605–10.",
        "10.1080/01621459.1987.10478472",
    ),
    "stram1994": (
        "Stram DO, Lee JW. Variance components testing in the longitudinal mixed effects model. "
        "Biometrics 1994;50:1171–7.",
        "10.2307/2533455",
    ),
    "tierney1986": (
        "Tierney L, Kadane JB. Accurate approximations for posterior moments and marginal densities. "
        "J Am Stat Assoc 1986;81:82–6.",
        "10.1080/01621459.1986.10478240",
    ),
    "vanbuuren2018": ("van Buuren S. Flexible imputation of missing data. 2nd ed. Boca Raton: CRC Press, 2018.", None),
    "venzon1988": (
        "Venzon DJ, Moolgavkar SH. A method for computing profile-likelihood-based confidence intervals. "
        "J R Stat Soc C 1988;37:87–94.",
        "10.2307/2347496",
    ),
    "vonelm2007": (
        "von Elm E, Altman DG, Egger M, Pocock SJ, Gøtzsche PC, Vandenbroucke JP. The Strengthening the Reporting of "
        "Observational Studies in Epidemiology (STROBE) statement. PLoS Med 2007;4(10):e296.",
        "10.1371/journal.pmed.0040296",
    ),
    "wald1940": (
        "Wald A. A note on the analysis of variance with unequal class frequencies. Ann Math Stat 1940;11:96–100.",
        None,
    ),
    "white2011": (
        "White IR, Royston P, Wood AM. Multiple imputation using chained equations: issues and guidance for practice. "
        "Stat Med 2011;30:377–99.",
        "10.1002/sim.4067",
    ),
    "zeger1988": (
        "Zeger SL, Liang KY, Albert PS. Models for longitudinal data: a generalized estimating equation approach. "
        "Biometrics 1988;44:1049–60.",
        "10.2307/2531734",
    ),
}
