/** Which file names a directory scan takes for contracts. */
export const isContractName = (basename: string) =>
  basename === 'contract.yaml' ||
  basename === 'handler_contract.yaml' ||
  /^contract_.*\.yaml$/s.test(basename);
