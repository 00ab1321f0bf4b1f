using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlPanel.Shared;

/// <summary>
/// Stands before every event of a circuit: nothing that a browser sends over a connection whose session has ended runs
/// any code of a page. (What a living session may do is decided by each operation.)
/// </summary>
public sealed class CircuitGuard(CircuitAuthentication authentication) : CircuitHandler
{
    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(
        Func<CircuitInboundActivityContext, Task> next
    ) =>
        async context =>
        {
            if (await authentication.CheckAsync(isActivity: true))
            {
                await next(context);
            }
        };
}
