# The shapes of benches/gradebook.rs with base R; prints seconds as JSON.
many <- 100000L
items <- 60L
set.seed(1)
best <- function(work, runs = 3) min(replicate(runs, system.time(work())[["elapsed"]]))

# What the library's report has, from a matrix of chosen options: 1 to 4, 0 for a blank.
item_analysis <- function() {
  key <- sample(1:4, items, replace = TRUE)
  ability <- sample(20:89, many, replace = TRUE)
  other <- matrix(sample(0:4, many * items, replace = TRUE), many)
  knows <- matrix(sample(0:99, many * items, replace = TRUE), many) < ability
  chosen <- ifelse(knows, rep(key, each = many), other)
  storage.mode(chosen) <- "integer"
  function() {
    n <- many
    right <- chosen == rep(key, each = n)
    storage.mode(right) <- "integer"
    total <- as.integer(rowSums(right))
    facility <- colMeans(right)
    variance <- facility * (1 - facility) * n / (n - 1)
    spread <- total - mean(total)
    with_total <- as.vector(crossprod(right, spread)) / (n - 1)
    of_total <- var(total)
    discrimination <- with_total / sqrt(variance * of_total)
    rest <- of_total + variance - 2 * with_total
    corrected <- (with_total - variance) / sqrt(variance * rest)
    places <- order(total, method = "radix")
    size <- as.integer(n * 0.27)
    upper_lower <- colMeans(right[places[(n - size + 1):n], ]) - colMeans(right[places[1:size], ])
    roots <- sqrt(pmax(with_total, 0))
    weights <- roots / sum(roots)
    alpha <- items / (items - 1) * (1 - sum(variance) / of_total)
    without <- (items - 1) / (items - 2) * (1 - (sum(variance) - variance) / rest)
    m2 <- mean(spread^2)
    skewness <- mean(spread^3) / m2^1.5
    kurtosis <- mean(spread^4) / m2^2 - 3
    efficiency <- numeric(items)
    options <- vector("list", items)
    for (item in seq_len(items)) {
      hits <- sum(right[, item])
      others <- sort(total - right[, item], method = "radix")
      most <- (sum(others[(n - hits + 1):n]) - hits * mean(others)) / (n - 1)
      efficiency[item] <- (with_total[item] - variance[item]) / most
      counts <- tabulate(chosen[, item] + 1L, 5L)
      totals <- rowsum(total, chosen[, item])
      options[[item]] <- list(counts, totals / pmax(counts, 1))
    }
    list(discrimination, corrected, upper_lower, weights, alpha, without, skewness, kurtosis,
         efficiency, options)
  }
}

what_if <- function() {
  scores <- sample(0:120, many, replace = TRUE)
  current <- c(20, 40, 60, 80, 100)
  proposed <- c(22, 41, 63, 80, 97)
  function() {
    before <- findInterval(scores, current)
    after <- findInterval(scores, proposed)
    moved <- which(before != after)
    list(moved, before[moved], after[moved], tabulate(before * 6L + after + 1L, 36L))
  }
}

# All choices of 17 of 20 items, as one matrix product: the plain way to the optimum.
drop_lowest <- function() {
  possible <- sample(5:50, 20, replace = TRUE)
  score <- floor(runif(20) * (possible + 1))
  keep <- matrix(1, 1140, 20)
  out <- combn(20, 3)
  for (row in seq_len(ncol(out))) keep[row, out[, row]] <- 0
  function() for (each in 1:100) keep[which.max((keep %*% score) / (keep %*% possible)), ]
}

figures <- c(
  "item_analysis/100000_by_60" = best(item_analysis()),
  "placement/what_if_100000" = best(what_if()),
  "drop_rules/lowest_3_of_20" = best(drop_lowest()) / 100
)
cat(sprintf('{"R": {%s}}\n', paste(sprintf('"%s": %.9f', names(figures), figures), collapse = ", ")))
