# Fits the counts that hhh4.py wrote to a folder with surveillance::hhh4, and prints its estimates.
suppressMessages(library(surveillance))
folder <- commandArgs(TRUE)[1]
read <- function(name) as.matrix(read.csv(file.path(folder, paste0(name, ".csv")), header = FALSE))
y <- read("counts"); w <- read("weights"); share <- read("share")
colnames(y) <- colnames(w) <- rownames(w) <- paste0("p", seq_len(ncol(y)))
offset <- matrix(as.numeric(share), nrow(y), ncol(y), byrow = TRUE)
month <- seq_len(nrow(y)) - 1
data <- sts(observed = y, neighbourhood = (w > 0) * 1, frequency = 12, start = c(2000, 1))
model <- hhh4(data, list(
  ar = list(f = ~1), ne = list(f = ~1, weights = w),
  end = list(f = ~ 1 + sin(2 * pi * month / 12) + cos(2 * pi * month / 12), offset = offset),
  family = "NegBin1", data = list(month = month)
))
print(coef(model), digits = 8)
