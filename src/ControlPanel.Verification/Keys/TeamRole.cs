namespace ControlPanel.Verification.Keys;

/// <summary>The roles of a team (contract 5.4). A person has exactly one role in each team they belong to.</summary>
public enum TeamRole : byte
{
    /// <summary>Everything, including the team itself.</summary>
    Owner = 1,

    /// <summary>All resources; reads the team.</summary>
    Member = 2,

    /// <summary>All resources except deleting them; reads the team.</summary>
    Modifier = 3,

    /// <summary>Reads resources and the team.</summary>
    ResourceViewer = 4,

    /// <summary>Billing only.</summary>
    Biller = 5,

    /// <summary>Reads billing only.</summary>
    BillingViewer = 6,
}
