"""Whole modules out of an org into files. Sits above `safety`, through which what goes into an org has to pass.

| file | idea |
|---|---|
| `coverage` | which ids have been read, and which gaps are left |
| `segments` | the folder beside an unfinished export: pages in the file's form, and the list of them |
| `paging` | a gap read by pages of 2,000, several at once |
| `export` | plan, read, check, put together |
| `columns`, `tables` | what a field is in a file and in Arrow, pandas, polars |
| `forms` | CSV, JSON lines and Parquet, written in the order of the ids |
"""
