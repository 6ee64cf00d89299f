"""The field vocabulary of the simulated records, as compact text: one word per field.

A word is ``name:kind(argument)marks=default``. Kinds: ``text(length)``, ``int(low..high)``, ``num``, ``flag``,
``date``, ``enum(a|b)`` (``@name`` is one of ``ENUMS``), ``ref(collection)`` and ``list(collection)``. Marks: ``!``
required, ``~`` worked out by the server and ignored on write, ``^`` accepted but never returned, ``+`` only accepted
when creating. Field names, lengths and enums are those of the published OpenAPI document; required fields and older
lengths are from api.md 4.3 to 4.9. TICKET_NOTE and BOARD_STATUS, which the published subset leaves out, are
ServiceNote and BoardStatus of a client that is generated from the whole document (Jetbuilt/connect_wise, docs/).
"""

ENUMS = {
    "status": "Active|Cancelled|Expired|Inactive",
    "billable": "Billable|DoNotBill|NoCharge|NoDefault",
    "method": "ActualRates|FixedFee|NotToExceed|OverrideRate",
    "cycle": "Contract2Weeks|Contract4Weeks|ContractYear|CalendarMonth|CalendarQuarter|CalendarWeek|ContractQuarter"
    "|CalendarYear",
    "reach": "Office|Mobile|Home",
    "display": "RemainOnInvoicingScreen|ShowRecentInvoices",
    "fieldType": "TextArea|Button|Currency|Date|Hyperlink|IPAddress|Checkbox|Number|Percent|PhoneNumber|Text|Password",
}

CONTACT = """
    firstName:text(30)! lastName:text(30) company:ref(companies) site:ref(sites) addressLine1:text(50)
    addressLine2:text(50) city:text(50) state:text(50) zip:text(12) country:ref relationship:ref(relationships)
    relationshipOverride:text department:ref(departments) inactiveFlag:flag=false defaultMergeContactId:int
    securityIdentifier:text(184) managerContact:ref(contacts) assistantContact:ref(contacts) title:text(100)
    school:text(50) nickName:text(30) marriedFlag:flag=false childrenFlag:flag=false children:text
    significantOther:text(30) portalPassword:text(15)^ portalSecurityLevel:int(1..6)=1
    disablePortalLoginFlag:flag=true unsubscribeFlag:flag=false gender:enum(Female|Male) birthDay:text
    anniversary:text presence:enum(NoAgent|Online|DoNotDisturb|Away|Offline) mobileGuid:text~ facebookUrl:text
    twitterUrl:text linkedInUrl:text defaultPhoneType:text~ defaultPhoneNbr:text~ defaultPhoneExtension:text~
    defaultBillingFlag:flag=false defaultFlag:flag=false userDefinedField1:text(50) userDefinedField2:text(50)
    userDefinedField3:text(50) userDefinedField4:text(50) userDefinedField5:text(50) userDefinedField6:text(50)
    userDefinedField7:text(50) userDefinedField8:text(50) userDefinedField9:text(50) userDefinedField10:text(50)
    companyLocation:ref communicationItems:list types:list(contactTypes) integratorTags:list customFields:list
    photo:ref ignoreDuplicates:flag=false typeIds:list(contactTypes)^+
"""

COMMUNICATION = """
    contactId:int~ type:ref(communicationTypes)! value:text(250)! extension:text(15) defaultFlag:flag mobileGuid:text~
    communicationType:enum(Email|Fax|Phone) domain:text~
"""

COMPANY = """
    identifier:text(156)! name:text(156)! status:ref(companyStatuses) addressLine1:text(50) addressLine2:text(50)
    city:text(50) state:text(50) zip:text(12) country:ref phoneNumber:text(30) faxNumber:text(30) website:text(255)
    territory:ref market:ref accountNumber:text defaultContact:ref(contacts) dateAcquired:date sicCode:ref
    parentCompany:ref(companies) annualRevenue:num creditLimit:num additionalDebt:num numberOfEmployees:int
    yearEstablished:int(1900..9999) revenueYear:int(1900..9999) ownershipType:ref timeZoneSetup:ref
    leadSource:text(50) leadFlag:flag=false unsubscribeFlag:flag=false calendar:ref userDefinedField1:text(50)
    userDefinedField2:text(50) userDefinedField3:text(50) userDefinedField4:text(50) userDefinedField5:text(50)
    userDefinedField6:text(50) userDefinedField7:text(50) userDefinedField8:text(50) userDefinedField9:text(50)
    userDefinedField10:text(50) vendorIdentifier:text taxIdentifier:text taxCode:ref billingTerms:ref
    invoiceTemplate:ref pricingSchedule:ref companyEntityType:ref billToCompany:ref(companies) billingSite:ref(sites)
    billingContact:ref(contacts) invoiceDeliveryMethod:ref emailTemplate:ref invoiceToEmailAddress:text
    invoiceCCEmailAddress:text deletedFlag:flag=false dateDeleted:date~ deletedBy:text~ mobileGuid:text~
    facebookUrl:text twitterUrl:text linkedInUrl:text currency:ref territoryManager:ref(members)
    resellerIdentifier:text isVendorFlag:flag=false types:list(companyTypes) site:ref(sites) integratorTags:list
    customFields:list
"""

SITE = """
    name:text(156)! addressLine1:text(50) addressLine2:text(50) city:text(50) stateReference:ref zip:text(12)
    country:ref addressFormat:text phoneNumber:text(30) phoneNumberExt:text(30) faxNumber:text(30) taxCode:ref
    entityType:ref expenseReimbursement:num primaryAddressFlag:flag=false defaultShippingFlag:flag=false
    defaultBillingFlag:flag=false defaultMailingFlag:flag=false inactiveFlag:flag=false billSeparateFlag:flag
    mobileGuid:text~ calendar:ref timeZone:ref company:ref(companies) territory:ref invoiceTemplate:ref
    customFields:list
"""

COMPANY_TYPE = """
    name:text(50)! defaultFlag:flag=false vendorFlag:flag serviceAlertFlag:flag serviceAlertMessage:text(150)
    connectWiseId:text
"""

COMPANY_STATUS = """
    name:text(50)! defaultFlag:flag=false inactiveFlag:flag=false notifyFlag:flag disallowSavingFlag:flag
    notificationMessage:text(500) customNoteFlag:flag cancelOpenTracksFlag:flag track:ref connectWiseId:text
"""

CONTACT_TYPE = """
    description:text(50)! defaultFlag:flag=false serviceAlertFlag:flag serviceAlertMessage:text(150)
    connectWiseId:text
"""

DEPARTMENT = """
    name:text(30)! connectWiseId:text
"""

RELATIONSHIP = """
    name:text(50)!
"""

COMMUNICATION_TYPE = """
    description:text! phoneFlag:flag=false faxFlag:flag=false emailFlag:flag=false defaultFlag:flag=false
    exchangeXref:text(50) iphoneXref:text(50) androidXref:text(50) googleXref:text(50)
"""

TYPE_ASSOCIATION = """
    type:ref(contactTypes)! contact:ref(contacts)!
"""

AGREEMENT = """
    name:text(100)! type:ref(agreementTypes)! company:ref(companies)! contact:ref(contacts)! site:ref(sites)
    subContractCompany:ref(companies) subContractContact:ref(contacts) parentAgreement:ref(agreements)
    customerPO:text(50) location:ref department:ref restrictLocationFlag:flag restrictDepartmentFlag:flag
    startDate:date endDate:date noEndingDateFlag:flag=false opportunity:ref cancelledFlag:flag=false
    dateCancelled:date reasonCancelled:text(100) sla:ref workOrder:text(20) internalNotes:text
    applicationUnits:enum(Amount|Hours|Incidents) applicationLimit:num applicationCycle:enum(@cycle)
    applicationUnlimitedFlag:flag oneTimeFlag:flag coverAgreementTime:flag coverAgreementProduct:flag
    coverAgreementExpense:flag coverSalesTax:flag carryOverUnused:flag allowOverruns:flag expiredDays:int limit:int
    expireWhenZero:flag chargeToFirm:flag employeeCompRate:enum(Actual|Hourly)
    employeeCompNotExceed:enum(Billing|Amount|Percent) compHourlyRate:num compLimitAmount:num
    billingCycle:ref(billingCycles) billOneTimeFlag:flag billingTerms:ref
    invoicingCycle:enum(ContractYear|CalendarYear) billToCompany:ref(companies) billToContact:ref(contacts)
    billToSite:ref(sites) billAmount:num taxable:flag prorateFirstBill:num billStartDate:date taxCode:ref
    restrictDownPayment:flag prorateFlag:flag=false invoiceProratedAdditionsFlag:flag=false invoiceDescription:text
    topComment:flag bottomComment:flag workRole:ref workType:ref projectType:ref invoiceTemplate:ref
    billTime:enum(@billable) billExpenses:enum(@billable) billProducts:enum(@billable) billableTimeInvoice:flag
    billableExpenseInvoice:flag billableProductInvoice:flag currency:ref
    periodType:enum(Current|Future|Both|Undefined) autoInvoiceFlag:flag billZeroAmountFlag:flag nextInvoiceDate:date
    companyLocation:ref shipToCompany:ref(companies) shipToContact:ref(contacts) shipToSite:ref(sites)
    agreementStatus:enum(@status) customFields:list
"""

AGREEMENT_TYPE = """
    name:text(50)! prefixSuffixOption:enum(Prefix|Suffix) defaultFlag:flag=false inactiveFlag:flag=false
    prePaymentFlag:flag invoicePreSuffix:text(5) location:ref department:ref restrictLocationFlag:flag
    restrictDepartmentFlag:flag sla:ref applicationUnits:enum(Amount|Hours|Incidents) applicationLimit:num
    applicationCycle:enum(@cycle) applicationUnlimitedFlag:flag oneTimeFlag:flag coverAgreementTimeFlag:flag
    coverAgreementProductFlag:flag coverAgreementExpenseFlag:flag coverSalesTaxFlag:flag carryOverUnusedFlag:flag
    allowOverrunsFlag:flag expiredDays:int limit:int expireWhenZero:flag chargeToFirmFlag:flag
    employeeCompRate:enum(Actual|Hourly)! employeeCompNotExceed:enum(Billing|Amount|Percent)! compHourlyRate:num
    compLimitAmount:num billingCycle:ref(billingCycles) billOneTimeFlag:flag billingTerms:ref
    invoicingCycle:enum(ContractYear|CalendarYear)! billAmount:num taxableFlag:flag restrictDownPaymentFlag:flag
    invoiceDescription:text(4000) topCommentFlag:flag bottomCommentFlag:flag workRole:ref workType:ref projectType:ref
    invoiceTemplate:ref billTime:enum(@billable)! billExpenses:enum(@billable)! billProducts:enum(@billable)!
    billableTimeInvoiceFlag:flag billableExpenseInvoiceFlag:flag billableProductInvoiceFlag:flag
    copyWorkRolesFlag:flag copyWorkTypesFlag:flag exclusionWorkRoleIds:list addAllWorkRoleExclusions:flag
    removeAllWorkRoleExclusions:flag exclusionWorkTypeIds:list addAllWorkTypeExclusions:flag
    removeAllWorkTypeExclusions:flag integrationXRef:text(50) prorateFlag:flag emailTemplate:ref autoInvoiceFlag:flag
    billZeroAmountFlag:flag invoiceProratedAdditionsFlag:flag connectWiseId:text
"""

ADDITION = """
    product:ref(catalog)! quantity:num=1 lessIncluded:num=0 unitPrice:num=0 unitCost:num=0
    billCustomer:enum(Billable|DoNotBill|NoCharge)! effectiveDate:date cancelledDate:date taxableFlag:flag=false
    serialNumber:text(50) invoiceDescription:text(6000) purchaseItemFlag:flag=false specialOrderFlag:flag=false
    agreementId:int~ description:text billedQuantity:num~ uom:text~ extPrice:num~ extCost:num~ sequenceNumber:num~
    margin:num~ prorateCost:num~ proratePrice:num~ extendedProrateCost:num~ extendedProratePrice:num~
    prorateCurrentPeriodFlag:flag=false opportunity:ref agreementStatus:enum(@status)~ invoiceGrouping:ref
    customFields:list
"""

ADJUSTMENT = """
    amount:num description:text(1000) effectiveDate:date agreementId:int~ customFields:list
"""

AGREEMENT_SITE = """
    company:ref(companies)! site:ref(sites) agreementId:int~ customFields:list
"""

AGREEMENT_RECAP = """
    adjustmentAmount:num agreementStatus:text name:text availableAmount:num companyName:text isUnlimited:text
    lastInvoiceAmount:text lastInvoiceDate:date lastInvoiceNumber:text nextInvoiceAmount:num nextInvoiceDate:date
    overrunAmount:num remainingAmount:num startingAmount:num unbilledOverageAmount:num unbilledPeriods:int
    usedAmount:num
"""

CATALOG_ITEM = """
    identifier:text(75)! description:text(60)! inactiveFlag:flag=false subcategory:ref! type:ref!
    productClass:enum(Agreement|Bundle|Inventory|NonInventory|Service)=NonInventory serializedFlag:flag=false
    serializedCostFlag:flag phaseProductFlag:flag unitOfMeasure:ref minStockLevel:int price:num=0 cost:num=0
    priceAttribute:enum(FixedFee|NotToExceed|OverrideRate|TimeAndMaterials) taxableFlag:flag=false dropShipFlag:flag
    specialOrderFlag:flag customerDescription:text(6000)! manufacturer:ref manufacturerPartNumber:text(50)
    vendor:ref(companies) vendorSku:text(50) notes:text integrationXRef:text(50) sla:ref entityType:ref
    recurringFlag:flag recurringRevenue:num recurringCost:num recurringOneTimeFlag:flag
    recurringBillCycle:ref(billingCycles) recurringCycleType:enum(ContractYear|CalendarYear) calculatedPriceFlag:flag
    calculatedCostFlag:flag category:ref calculatedPrice:num calculatedCost:num billableOption:enum(@billable)
    connectWiseID:text agreementType:ref(agreementTypes) markupPercentage:num markupFlag:flag
    autoUpdateUnitCostFlag:flag autoUpdateUnitPriceFlag:flag customFields:list
"""

BOARD = """
    name:text(50)! location:ref! department:ref! inactiveFlag:flag=false signOffTemplate:ref sendToContactFlag:flag
    contactTemplate:ref sendToResourceFlag:flag resourceTemplate:ref projectFlag:flag=false showDependenciesFlag:flag
    showEstimatesFlag:flag boardIcon:ref billTicketsAfterClosedFlag:flag billTicketSeparatelyFlag:flag
    billUnapprovedTimeExpenseFlag:flag overrideBillingSetupFlag:flag dispatchMember:ref(members)
    serviceManagerMember:ref(members) dutyManagerMember:ref(members) oncallMember:ref(members) workRole:ref
    workType:ref billTime:enum(@billable) billExpense:enum(@billable) billProduct:enum(@billable) autoCloseStatus:ref
    autoAssignNewTicketsFlag:flag autoAssignNewECTicketsFlag:flag autoAssignNewPortalTicketsFlag:flag
    discussionsLockedFlag:flag timeEntryLockedFlag:flag notifyEmailFrom:text(50) notifyEmailFromName:text(60)
    closedLoopDiscussionsFlag:flag closedLoopResolutionFlag:flag closedLoopInternalAnalysisFlag:flag
    timeEntryDiscussionFlag:flag timeEntryResolutionFlag:flag timeEntryInternalAnalysisFlag:flag
    problemSort:enum(Ascending|Descending) resolutionSort:enum(Ascending|Descending)
    internalAnalysisSort:enum(Ascending|Descending) emailConnectorAllowReopenClosedFlag:flag
    emailConnectorReopenStatus:ref emailConnectorReopenResourcesFlag:flag emailConnectorNewTicketNoMatchFlag:flag
    emailConnectorNeverReopenByDaysFlag:flag emailConnectorReopenDaysLimit:int
    emailConnectorNeverReopenByDaysClosedFlag:flag emailConnectorReopenDaysClosedLimit:int
    useMemberDisplayNameFlag:flag sendToCCFlag:flag autoAssignTicketOwnerFlag:flag autoAssignLimitFlag:flag
    autoAssignLimitAmount:int closedLoopAllFlag:flag
    percentageCalculation:enum(ActualHours|Manual|ClosedPhases|ClosedTickets) allSort:enum(Ascending|Descending)
    markFirstNoteIssueFlag:flag restrictBoardByDefaultFlag:flag sendToBundledFlag:flag connectWiseId:text
"""

TICKET = """
    summary:text(100)! recordType:enum(ProjectIssue|ProjectTicket|ServiceTicket)=ServiceTicket board:ref(boards)
    status:ref workRole:ref workType:ref company:ref(companies)! site:ref(sites) siteName:text(156)
    addressLine1:text(50) addressLine2:text(50) city:text(50) stateIdentifier:text(50) zip:text(12) country:ref
    contact:ref(contacts) contactName:text(62) contactPhoneNumber:text(20) contactPhoneExtension:text(15)
    contactEmailAddress:text(250) type:ref subType:ref item:ref team:ref owner:ref(members) priority:ref
    serviceLocation:ref source:ref requiredDate:date budgetHours:num opportunity:ref agreement:ref(agreements)
    agreementType:text severity:enum(Low|Medium|High) impact:enum(Low|Medium|High) externalXRef:text(100)
    poNumber:text(50) knowledgeBaseCategoryId:int knowledgeBaseSubCategoryId:int allowAllClientsPortalView:flag
    customerUpdatedFlag:flag automaticEmailContactFlag:flag automaticEmailResourceFlag:flag automaticEmailCcFlag:flag
    automaticEmailCc:text(1000) initialDescription:text^+ initialInternalAnalysis:text^+ initialResolution:text^+
    initialDescriptionFrom:text contactEmailLookup:text processNotifications:flag skipCallback:flag closedDate:date
    closedBy:text closedFlag:flag=false actualHours:num approved:flag estimatedExpenseCost:num
    estimatedExpenseRevenue:num estimatedProductCost:num estimatedProductRevenue:num estimatedTimeCost:num
    estimatedTimeRevenue:num billingMethod:enum(@method) billingAmount:num hourlyRate:num
    subBillingMethod:enum(@method) subBillingAmount:num subDateAccepted:date dateResolved:date dateResplan:date
    dateResponded:date resolveMinutes:int resPlanMinutes:int respondMinutes:int respondByGoalUTC:date
    resplanGoalUTC:date resolutionGoalUTC:date escalationLastUpdateMinutes:int isInSla:flag knowledgeBaseLinkId:int
    resources:text parentTicketId:int hasChildTicket:flag hasMergedChildTicketFlag:flag
    knowledgeBaseLinkType:enum(Activity|ProjectIssue|KnowledgeBaseArticle|ProjectTicket|ServiceTicket|Time)
    billTime:enum(@billable) billExpenses:enum(@billable) billProducts:enum(@billable)
    predecessorType:enum(Ticket|Phase) predecessorId:int predecessorClosedFlag:flag lagDays:int
    lagNonworkingDaysFlag:flag estimatedStartDate:date duration:int location:ref department:ref mobileGuid:text
    sla:ref slaStatus:text requestForChangeFlag:flag currency:ref mergedParentTicket:ref(tickets) integratorTags:list
    escalationStartDateUTC:date escalationLevel:int minutesBeforeWaiting:int respondedSkippedMinutes:int
    resplanSkippedMinutes:int respondedHours:num respondedBy:text resplanHours:num resplanBy:text resolutionHours:num
    resolvedBy:text minutesWaiting:int customFields:list
"""

TICKET_NOTE = """
    ticketId:int~ text:text detailDescriptionFlag:flag=false internalAnalysisFlag:flag=false resolutionFlag:flag=false
    issueFlag:flag=false member:ref(members) contact:ref(contacts) customerUpdatedFlag:flag=false
    processNotifications:flag^ dateCreated:date~ createdBy:text~ internalFlag:flag~ externalFlag:flag~
    sentimentScore:num~
"""

BOARD_STATUS = """
    name:text(50)! board:ref(boards)~ sortOrder:int displayOnBoard:flag=true inactive:flag=false
    closedStatus:flag=false timeEntryNotAllowed:flag=false roundRobinCatchall:flag=false defaultFlag:flag=false
    escalationStatus:text customerPortalDescription:text(500) customerPortalFlag:flag=false emailTemplate:ref
    statusIndicator:ref customStatusIndicatorName:text(30) saveTimeAsNote:flag=false
"""

DOCUMENT = """
    title:text~ fileName:text~ serverFileName:text~ owner:text~ linkFlag:flag~ imageFlag:flag~ publicFlag:flag~
    htmlTemplateFlag:flag~ readOnlyFlag:flag~ size:int~ urlFlag:flag~ createdOnDate:date~ documentType:ref~ guid:text~
"""

USER_DEFINED_FIELD = """
    podId:int! caption:text(25)! sequenceNumber:int(1..500)! screenId:text(25) helpText:text(1000)
    fieldTypeIdentifier:enum(@fieldType)! numberDecimals:int entryTypeIdentifier:enum(Date|EntryField|List|Option)
    requiredFlag:flag displayOnScreenFlag:flag readOnlyFlag:flag listViewFlag:flag buttonUrl:text(1000) options:list
    businessUnitIds:list locationIds:list addAllBusinessUnits:flag removeAllBusinessUnits:flag addAllLocations:flag
    removeAllLocations:flag connectWiseID:text dateCreated:date~ podDescription:text screenDescription:text
"""

AUDIT_ENTRY = """
    text:text enteredDate:date enteredBy:text auditType:text auditSubType:text auditSource:text
"""

MEMBER = """
    identifier:text(15)! firstName:text(30) lastName:text(30) title:text emailAddress:text inactiveFlag:flag=false
    officeEmail:text licenseClass:enum(A|C|F|X)=F securityRole:ref(securityRoles) timeZone:ref
    defaultEmail:enum(@reach)=Office defaultPhone:enum(@reach)=Office
    invoiceScreenDefaultTabFormat:enum(ShowInvoicingTab|ShowAgreementInvoicingTab)=ShowInvoicingTab
    invoicingDisplayOptions:enum(@display)=RemainOnInvoicingScreen
    agreementInvoicingDisplayOptions:enum(@display)=RemainOnInvoicingScreen
"""

CALLBACK = """
    description:text(100) url:text! objectId:int! type:text! level:text! memberId:int~ payloadVersion:text
    inactiveFlag:flag=false isSoapCallbackFlag:flag=false isSelfSuppressedFlag:flag=false connectWiseID:text~
"""

USAGE = """
    type:text count:int description:text hyperlink:text typeKey:text
"""
