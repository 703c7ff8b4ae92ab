"""The imputation floor: chained equations that respect the clusters, from rows with gaps to completed rows."""
