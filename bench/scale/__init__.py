"""How the cost of Duewatch grows: with debtors, with contacts of one debtor, with workers, with what has piled up."""
