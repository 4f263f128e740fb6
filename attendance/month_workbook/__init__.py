"""The month workbook: one class, one month, as the paper book has it."""
