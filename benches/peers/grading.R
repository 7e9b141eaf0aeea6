# Grades the shapes of benches/grading.rs with base R, and prints seconds as JSON.
attempts <- 100000L
set.seed(1)
best <- function(work, runs = 5) min(replicate(runs, system.time(work())[["elapsed"]]))

single_choice <- function(questions, marks) {
  key <- sample(1:4, questions, replace = TRUE)
  rows <- matrix(sample(0:4, attempts * questions, replace = TRUE), attempts)
  most <- sum(marks)
  function() {
    hits <- rows == rep(key, each = attempts)
    raw <- as.vector(hits %*% marks)
    list(round(raw, 2), raw / most * 100 >= 60)
  }
}

# What each pattern of ticks is worth: right less wrong over the right ones, not below nothing.
worth_of <- function(key, options) {
  bits <- function(n) sapply(n, function(it) sum(bitwAnd(bitwShiftR(it, 0:30), 1L)))
  masks <- seq_len(bitwShiftL(1L, options)) - 1L
  right <- bits(bitwAnd(masks, key))
  pmax(right - (bits(masks) - right), 0) / max(bits(key), 1)
}

# Five options as a bit mask.
multiple_select <- function(questions) {
  tables <- lapply(sample(1:31, questions, replace = TRUE), worth_of, options = 5L)
  columns <- lapply(seq_len(questions), function(at) sample(0:31, attempts, replace = TRUE))
  function() {
    raw <- numeric(attempts)
    for (at in seq_len(questions)) raw <- raw + tables[[at]][columns[[at]] + 1L]
    list(round(raw, 2), raw >= 0.6 * questions)
  }
}

# One question of the mixed test: a function that gives the share of each attempt.
question <- function(at) {
  any <- function(values) sample(values, attempts, replace = TRUE)
  kind <- at %% 10
  if (kind <= 4) {
    options <- if (kind < 4) 4L else 2L
    key <- sample(1:options, 1)
    column <- any(0:options)
    function() column == key
  } else if (kind <= 6) {
    worth <- worth_of(sample(1:63, 1), 6L)
    column <- any(0:63)
    function() worth[column + 1L]
  } else if (kind == 7) {
    wanted <- paste("word", at)
    column <- any(c(wanted, toupper(wanted), "", paste("another", 0:99)))
    ending <- substring(wanted, 6)
    function() {
      distinct <- unique(column)
      lowered <- tolower(distinct)
      worth <- ifelse(lowered == wanted, 1, ifelse(endsWith(lowered, ending), 0.5, 0))
      worth[match(column, distinct)]
    }
  } else if (kind == 8) {
    column <- any(as.vector(outer(0:59, 0:9, paste, sep = ".")))
    value <- at + 0.5
    function() {
      distinct <- unique(column)
      (abs(as.numeric(distinct) - value) <= 0.25)[match(column, distinct)]
    }
  } else {
    worth <- sample(0:4, 200, replace = TRUE) / 4
    column <- any(0:199)
    function() worth[column + 1L]
  }
}

# Four weighted sections, then scaled sections and a level.
mixed <- function(questions) {
  work <- lapply(seq_len(questions) - 1L, question)
  marks <- (seq_len(questions) - 1L) %% 3 + 1
  section_of <- (seq_len(questions) - 1L) %% 4 + 1L
  maxima <- sapply(1:4, function(it) sum(marks[section_of == it]))
  weights <- 1:4
  scales <- lapply(maxima, function(most) floor(0:most * 9 / most))
  function() {
    sections <- matrix(0, attempts, 4)
    for (at in seq_len(questions)) {
      to <- section_of[at]
      sections[, to] <- sections[, to] + work[[at]]() * marks[at]
    }
    total <- as.vector(sections %*% (weights / maxima)) / sum(weights) * 100
    shown <- round(total, 2)
    scaled <- lapply(1:4, function(it) scales[[it]][floor(sections[, it]) + 1L])
    level <- findInterval(shown, c(20, 40, 60, 80))
    list(shown, shown >= 60, sum(unlist(scaled)), tabulate(level + 1L))
  }
}

figures <- c(
  "single_choice_100/uniform_marks" = best(single_choice(100, rep(1, 100))),
  "single_choice_100/marks_per_question" = best(single_choice(100, 1:100)),
  "batch/multiple_select_60" = best(multiple_select(60)),
  "batch/mixed_60_reported" = best(mixed(60))
)
cat(sprintf('{"R": {%s}}\n', paste(sprintf('"%s": %.6f', names(figures), figures), collapse = ", ")))
