using ControlPanel.Shared;

namespace ControlPanel.Features.Functions;

/// <summary>What a namespace is and how to connect to it.</summary>
public sealed partial class NamespacePage
{
    private IReadOnlyList<Snippet> Lines =>
        [
            new("doctl", Examples.Doctl(Id, "$KEY_ID", "$KEY_SECRET")),
            new("curl", Examples.Curl("$KEY_ID", "$KEY_SECRET")),
            new("A new key with doctl", Examples.DoctlCreate(Id)),
        ];
}
