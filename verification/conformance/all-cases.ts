import { batchCases, batchUpsertCases } from './cases/batches';
import { folderCases, listingCases } from './cases/folders';
import { instanceCases, recoveryCases, refusalCases } from './cases/instance';
import { clientSecretCases, identityCases, tokenCases, universalAuthCases } from './cases/machines';
import { environmentCases, membershipCases, projectCases, roleCases } from './cases/projects';
import { readAccessCases } from './cases/read-access';
import { readListingCases, readReferenceCases } from './cases/read-listings';
import { missingReadCases, readCases } from './cases/reads';
import { sdkErrorCases, sdkReadCases } from './cases/sdk';
import { secretCases, valueCases } from './cases/secrets';
import type { Case } from './world';

/** Every behaviour that the product relies on, in the order in which it meets them. */
export const allCases: Case[] = [
  ...[instanceCases, refusalCases, recoveryCases, projectCases, environmentCases, folderCases],
  ...[secretCases, valueCases, batchCases, batchUpsertCases, listingCases],
  ...[identityCases, universalAuthCases, clientSecretCases, tokenCases, membershipCases, roleCases],
  ...[readCases, missingReadCases, readReferenceCases, readListingCases, readAccessCases],
  ...[sdkReadCases, sdkErrorCases],
].flat();
