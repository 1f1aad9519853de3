# Election figures in R: series, codebook and files of a release. Needs httr2, readr, jsonlite and openssl.
#   source("reporting.R"); turnout <- series("turnout", level = "prefecture"); plot(turnout$date, turnout$value_number)
# Figures stay text, exact; value_number is a float beside them. Errors say the API's code and words.
library(httr2)
library(readr)
host <- Sys.getenv("REPORTING_URL", "https://HOST")

polite <- function(asked) {
  req_retry(asked, max_tries = 5, is_transient = \(answer) resp_status(answer) %in% c(429, 502, 503, 504)) |>
    req_error(body = \(answer) {
      told <- tryCatch(resp_body_json(answer)$errors[[1]]$extensions, error = \(e) NULL)
      if (is.null(told)) "not the API of a reporting server" else paste0(told$code, ": ", told$ja, " / ", told$en)
    })
}

ask <- function(path, ..., to = NULL) {
  request(host) |> req_url_path_append(path) |> req_url_query(!!!lapply(list(...), paste, collapse = ",")) |>
    polite() |> req_perform(path = to)
}

# Arguments of /series.csv: level, areas, from, to, boundaries, asOf, electionKind, contest, breakdown, choice, includeTests …
# Zero is "0" in value; none, not_reported and suppressed stand in absence; neither: nobody ever entered it (obs_status O).
series <- function(item, ...) {
  answer <- ask("series.csv", item = item, ...)
  frame <- read_csv(resp_body_raw(answer), na = "", col_types = cols(.default = "c", date = col_date(),
    coverage_reported = "i", coverage_expected = "i", coverage_withheld = "i", definition = "i", position = "i"))
  frame$value_number <- as.numeric(frame$value)
  attr(frame, "position") <- resp_header(answer, "x-as-of-position")  # asOf = this gives the same for ever
  frame
}

graphql <- function(query, ...) {
  variables <- if (...length()) list(...) else setNames(list(), character())  # an object, also when nothing is in it
  answer <- request(host) |> req_url_path_append("graphql") |>
    req_body_json(list(query = query, variables = variables)) |> polite() |> req_perform() |> resp_body_json()
  if (length(answer$errors)) stop(answer$errors[[1]]$message) else answer$data
}

codebook <- function(election) {
  items <- graphql("query Items($code: String!) { election(code: $code) { items { code kind unit decimals version label { ja en } } } }",
    code = election)$election$items
  columns <- sapply(c("code", "kind", "unit", "decimals", "version"), \(name) sapply(items, `[[`, name), simplify = FALSE)
  data.frame(columns, ja = sapply(items, \(item) item$label$ja))
}

# The signed package of a release into a folder, each file against the manifest. Manifest, event and log are NOT checked here:
# reporting_client.verify(folder, log_key=...) in Python, or `reporting audit verify`, does that.
download <- function(election, form, slot, number, folder) {
  base <- paste("data", election, form, slot, number, "core", sep = "/")
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  for (name in c("manifest.json", "event.json")) ask(paste(base, name, sep = "/"), to = file.path(folder, name))
  files <- jsonlite::fromJSON(file.path(folder, "manifest.json"))$files
  for (name in names(files)) {
    ask(paste(base, name, sep = "/"), to = file.path(folder, name))
    made <- as.character(openssl::sha256(file(file.path(folder, name))))
    if (made != files[[name]]) { unlink(file.path(folder, name)); stop(name, " is not what was released") }
  }
  message("checked against the manifest alone; verify ", folder, " to know who made it")
  names(files)
}
