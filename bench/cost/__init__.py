"""What a cell's timers cost in all: trials paired within a block, the rules, the parts."""
