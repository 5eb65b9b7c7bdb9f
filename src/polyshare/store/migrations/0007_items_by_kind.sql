-- Items of a node by their kind: grants of people and those of hundreds of links hang on different ones, and are asked for apart.
-- It does what item_by_node does, which stays for the release before and can be dropped one later.
create index item_by_node_and_kind on item (node, kind, share) where node is not null;
