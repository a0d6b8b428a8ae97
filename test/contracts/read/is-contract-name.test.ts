import { isContractName } from '../../../contracts/read/is-contract-name';

describe('isContractName', () => {
  it('matches contract.yaml, contract_*.yaml and handler_contract.yaml, case-sensitive', () => {
    const names = ['contract.yaml', 'contract_a.yaml', 'contract_.yaml', 'handler_contract.yaml'];
    expect(names.filter(isContractName)).toEqual(names);
    const others = [
      'Contract.yaml',
      'contract.yml',
      'a.contract.yaml',
      'contract-a.yaml',
      'my_handler_contract.yaml',
    ];
    expect(others.filter(isContractName)).toEqual([]);
  });
});
