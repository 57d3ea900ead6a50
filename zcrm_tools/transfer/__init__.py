"""Whole modules out of an org into files, and files into modules. Sits above `safety`, through which what goes in passes.

| file | idea |
|---|---|
| `coverage` | which ids have been read, and which gaps are left |
| `segments` | the folder beside an unfinished export: pages in the file's form, and the list of them |
| `paging` | a gap read by pages of 2,000, several at once |
| `bulk` | the same rows by bulk read jobs |
| `wanted`, `export` | what is asked for; plan, read, check, put together |
| `columns`, `tables` | what a field is in a file and in Arrow, pandas, polars |
| `formulas` | text that a spreadsheet would run, kept from it in CSV |
| `forms`, `workbook` | CSV, Excel, JSON lines and Parquet, written in the order of the ids |
| `apart` | the two threads of a transfer |
| `raw`, `incoming` | rows of a file or of memory, as often as they are needed; refused ones into a file of the same form |
| `csv_file`, `excel_file` | CSV of programs and of the spreadsheets of every country; Excel's own files |
| `fitting` | columns onto fields, cells onto values |
| `wording` | whether the texts of a file can be trusted: decimal commas, ids that a spreadsheet rounded |
| `intake` | an import before anything is written: every row checked, the price known |
| `keys` | which records have which values of a key field |
| `traces` | what earlier plans did to the rows |
| `deciding` | what each row comes to, as the records are now |
| `importing` | batches through the gate, resumable, no row twice |
| `outcome`, `reasons` | what became of the rows, and why some were not written |
| `progress` | where either stands |
"""
